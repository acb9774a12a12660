// @ts-check
// The buttons of a page: what a module does there is what its snapshot has, or differs as the table of engines knows; every view of
// bytes opens, and every editor agrees with its page.

import { audit } from "./audit.mjs";
import { expect, fits, wear } from "./book.mjs";
import { VIEWS } from "./plan.mjs";
import { answers } from "./uses.mjs";

/** The kinds of outcomes that this worker has looked at closely: one script writes them all, and what it writes depends on the kind. */
const seen = new Set();

/**
 * Nothing that runs modules is fetched before a reader asks for it.
 *
 * @param {import("@playwright/test").Page} page
 */
export async function nothingFetched(page) {
    const before = await page.evaluate(() => performance.getEntriesByType("resource").map((entry) => entry.name));
    expect.soft(before.filter((url) => /\/(widgets|modules)\/.*\.(mjs|wasm|gz)$/.test(url)), "asked for before anything is pressed").toEqual([]);
}

/**
 * Presses every Run button of the page, and looks at what is said in all windows: a module knows nothing of windows. Returns how many
 * there are.
 *
 * @param {import("@playwright/test").Page} page
 */
export async function runAll(page) {
    // The page's own step has one, and each step that is told of on its page.
    const blocks = await page.locator(".live:has(button.run)").all();
    const kinds = new Set();
    for (const block of blocks) {
        await press(block, "");
        const [same, differs] = [await block.getAttribute("data-same"), await block.getAttribute("data-differs")];
        const said = await block.locator(".live-run").innerText();
        const step = await block.getAttribute("data-step");
        expect.soft(same, `whether the module of ${step} does the same in the page, which says: ${said}`).toBe(String(differs === null));
        if (differs !== null) expect.soft(said, "it says why it differs").toContain(differs);
        kinds.add(await block.evaluate(({ dataset: { expected, calls, differs } }) => {
            const { outcome, stdout, stderr } = expected ? JSON.parse(expected) : { outcome: "called" };
            const called = calls ? JSON.parse(calls).map((/** @type {{ outcome: string }} */ one) => one.outcome).join() : "";
            return [outcome, Boolean(stdout), Boolean(stderr), called, differs].join();
        }));
    }
    if (blocks.length === 0) return 0;
    const known = [...kinds].every((kind) => seen.has(kind));
    for (const kind of kinds) seen.add(kind);
    for (const view of VIEWS) {
        await page.setViewportSize({ width: view.width, height: view.height });
        expect.soft(await wear(page, view.theme), `there is a theme ${view.theme}`).toBe(true);
        expect.soft(await blocks[0].locator("button.run").isVisible(), `${view.name}: the Run button is to be seen`).toBe(true);
        await fits(page, ` in ${view.name} with what the module did`);
        if (!known) await audit(page, { within: ".live", when: view.name });
    }
    return blocks.length;
}

/**
 * Opens the view of bytes and the editor of the first step on the page that has them. Returns how many buttons that took.
 *
 * @param {import("@playwright/test").Page} page
 */
export async function openAll(page) {
    const block = page.locator(".live:has(button.look, button.edit)").first();
    let pressed = 0;
    const press = async (/** @type {string} */ button) => {
        if (!(await block.locator(button).count())) return false;
        await block.locator(button).click();
        pressed += 1;
        return true;
    };
    const size = Number(await block.getAttribute("data-size"));
    if (await press("button.look")) {
        await expect(block.locator(".byte-grid"), "the view opens").toBeVisible();
        expect.soft(await block.locator(".live-look .byte-grid td").count(), "the bytes in the view").toBe(size);
        // Components have no Run button, and no text.
        if (await block.locator("button.run").count()) {
            expect.soft(await block.locator(".live-look .note").allInnerTexts(), "why the module cannot be written down as text").toEqual([]);
        }
    }
    if (await press("button.edit")) {
        await expect(block.locator(".editor"), "the editor opens").toBeVisible();
        const said = await answers(page);
        const another = (await page.locator(".goal").innerText()).includes("another assembler");
        if (size > 8 && !another) expect.soft(said, "the page's text makes the page's module").toContain("as many as the page’s");
        expect.soft(await page.locator(".reached.yes").count(), "the page's own text does not reach the goal").toBe(0);
        expect.soft(said, "the page's text does what the page's module does").toContain("as the page’s does");
    }
    return pressed;
}

/**
 * Presses Run, and waits for the end. Returns how many milliseconds it took.
 *
 * @param {import("@playwright/test").Locator} block
 * @param {string} when
 */
export async function press(block, when) {
    const began = Date.now();
    await block.evaluate((block) => block.removeAttribute("data-same"));
    await block.locator("button.run").click();
    await expect.soft(block, `${when}the run comes to an end`).toHaveAttribute("data-same", /./, { timeout: 15_000 });
    await expect.soft(block.locator("button.run"), `${when}the button is given back`).toHaveAttribute("aria-disabled", "false", { timeout: 5000 });
    return Date.now() - began;
}
