// @ts-check
// What a reader does with the book's pages, in short: for tests in which something is missing. `when` begins the messages.

import { expect } from "./book.mjs";

/** @typedef {import("@playwright/test").Page} Page */

const PATIENCE = { timeout: 60_000 };

/** `(module (func (export "answer") (result i32) i32.const 42))`, for the page that takes modules of the reader's own. */
const ANSWER = "0061736d010000000105016000017f03020100070a0106616e7377657200000a06010400412a0b";

/**
 * Runs the page's module, looks inside, and edits it.
 *
 * @param {Page} page
 */
export async function step(page, when = "") {
    const block = page.locator(".live");
    await block.evaluate((block) => block.removeAttribute("data-same"));
    await block.locator("button.run").click();
    await expect.soft(block, `${when}the module does what its snapshot says`).toHaveAttribute("data-same", "true", PATIENCE);
    const grid = block.locator(".live-look .byte-grid");
    // The button opens the view, and closes it again.
    if (!(await grid.isVisible())) await block.locator("button.look").click();
    await expect.soft(grid, `${when}the bytes open`).toBeVisible(PATIENCE);
    const area = block.locator(".editor textarea");
    if (!(await area.isVisible())) await block.locator("button.edit").click();
    await expect.soft(area, `${when}the editor opens`).toBeVisible(PATIENCE);
    const text = await area.inputValue();
    await area.fill(text.replace("i32.const 0", "i32.const 7"));
    await expect.soft(block.getByText("exits with code 7").first(), `${when}the editor runs the text`).toBeVisible(PATIENCE);
    await area.fill(text);
}

/**
 * Has the page take a module apart that the reader brings.
 *
 * @param {Page} page
 */
export async function own(page, when = "") {
    const box = page.locator(".own-module");
    await box.locator("#own-module").setInputFiles({ name: "answer.wasm", mimeType: "application/wasm", buffer: Buffer.from(ANSWER, "hex") });
    await expect.soft(box.getByText(`a module of ${ANSWER.length / 2} bytes`).first(), `${when}a module that is brought along is taken apart`).toBeVisible(PATIENCE);
    await box.locator("#own-module").setInputFiles({ name: "none.wasm", mimeType: "application/wasm", buffer: Buffer.from("none") });
    await expect.soft(box.getByText("offset 0").first(), `${when}a file that is no module is refused`).toBeVisible(PATIENCE);
}

/**
 * Searches for a word, as many results as there may be.
 *
 * @param {Page} page
 */
export async function search(page, when = "", word = "unreachable") {
    const bar = page.locator("#mdbook-searchbar");
    if (!(await bar.isVisible())) await page.locator("#mdbook-search-toggle").click();
    await bar.fill("");
    await bar.pressSequentially(word, { delay: 20 });
    await expect.soft(page.locator("#mdbook-searchresults li").first(), `${when}“${word}” is found`).toBeVisible(PATIENCE);
    await bar.fill("");
    await page.keyboard.press("Escape");
}

/**
 * Wears another theme, and the former one again.
 *
 * @param {Page} page
 */
export async function theme(page, when = "") {
    for (const name of ["ayu", "light"]) {
        const button = page.locator(`#mdbook-theme-${name}`);
        // The list stays open until something else is pressed.
        if (!(await button.isVisible())) await page.locator("#mdbook-theme-toggle").click();
        await button.click();
        const worn = await page.evaluate((name) => document.documentElement.classList.contains(name), name);
        expect.soft(worn, `${when}the theme ${name} can be worn`).toBe(true);
    }
    // It would take the next click for itself.
    await page.keyboard.press("Escape");
}

/**
 * What the editor says once it has come to rest.
 *
 * @param {Page} page
 */
export async function answers(page) {
    await page.waitForTimeout(150);
    await page.locator(".editor[aria-busy='false']").waitFor({ timeout: 20_000 });
    return (await page.locator(".answers").innerText()).replace(/\s+/g, " ");
}
