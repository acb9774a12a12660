// What a reader does with the book's pages, in short: for tests in which something is missing.

const PATIENCE = { timeout: 60_000 };

/** `(module (func (export "answer") (result i32) i32.const 42))`, for the page that takes modules of the reader's own. */
const ANSWER = "0061736d010000000105016000017f03020100070a0106616e7377657200000a06010400412a0b";

export const RUN = "/1-two-megabytes-to-97/17-ninety-seven.html";
export const OWN = "/5-below-across-beyond/your-module.html";

/** Runs the page's module, looks inside, and edits it. */
export async function step(page, wrong) {
    const block = page.locator(".live");
    await block.evaluate((block) => { delete block.dataset.same; });
    await block.locator("button.run").click();
    await page.locator(".live[data-same=true]").waitFor(PATIENCE)
        .catch(async () => wrong(`the module does something else: ${await block.locator(".live-run").innerText()}`));
    const grid = block.locator(".live-look .byte-grid");
    // The button opens the view, and closes it again.
    if (!(await grid.isVisible())) await block.locator("button.look").click();
    await grid.waitFor(PATIENCE).catch(() => wrong("the bytes do not open"));
    const area = block.locator(".editor textarea");
    if (!(await area.isVisible())) await block.locator("button.edit").click();
    await area.waitFor(PATIENCE).catch(() => wrong("the editor does not open"));
    const text = await area.inputValue();
    await area.fill(text.replace("i32.const 0", "i32.const 7"));
    await block.getByText("exits with code 7").first().waitFor(PATIENCE).catch(() => wrong("the editor does not run what is typed"));
    await area.fill(text);
}

/** Has the page take a module apart that the reader brings. */
export async function own(page, wrong) {
    const box = page.locator(".own-module");
    await box.locator("input[type=file]").setInputFiles({ name: "answer.wasm", mimeType: "application/wasm", buffer: Buffer.from(ANSWER, "hex") });
    await box.getByText(`a module of ${ANSWER.length / 2} bytes`).first().waitFor(PATIENCE)
        .catch(async () => wrong(`a module that is brought along is not taken apart: ${await box.innerText()}`));
    await box.locator("input[type=file]").setInputFiles({ name: "none.wasm", mimeType: "application/wasm", buffer: Buffer.from("none") });
    await box.getByText("offset 0").first().waitFor(PATIENCE).catch(() => wrong("what is no module is not refused"));
}

/** Searches for a word, as many results as there may be. */
export async function search(page, wrong, word = "unreachable") {
    const bar = page.locator("#mdbook-searchbar");
    if (!(await bar.isVisible())) await page.locator("#mdbook-search-toggle").click();
    await bar.fill("");
    await bar.pressSequentially(word, { delay: 20 });
    await page.locator("#mdbook-searchresults li").first().waitFor(PATIENCE).catch(() => wrong(`nothing is found for “${word}”`));
    await bar.fill("");
    await page.keyboard.press("Escape");
}

/** Wears another theme, and the former one again. */
export async function theme(page, wrong) {
    for (const name of ["ayu", "light"]) {
        const button = page.locator(`#mdbook-theme-${name}`);
        // The list stays open until something else is pressed.
        if (!(await button.isVisible())) await page.locator("#mdbook-theme-toggle").click();
        await button.click();
        const worn = await page.evaluate((name) => document.documentElement.classList.contains(name), name);
        if (!worn) wrong(`the theme ${name} cannot be worn`);
    }
    // It would take the next click for itself.
    await page.keyboard.press("Escape");
}
