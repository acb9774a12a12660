// @ts-check
// The Run buttons: what a module does in the page is what its snapshot has, or differs as the table of engines knows. What could hold a
// reader up is stopped, and nothing is fetched before it is asked for.

import { audit } from "./audit.mjs";
import { expect, fits, test, wear } from "./book.mjs";
import { chosen, containing, RUN, VIEWS } from "./plan.mjs";

/** @param {string} text */
const hex = (text) => Buffer.from(text).toString("hex");

/**
 * `(module (import WASI "fd_write") … (loop …))`: prints a line for ever, of 4 bytes or of 4 MiB.
 *
 * @param {string} length
 */
const prints = (length) => "0061736d01000000" + "010c0260047f7f7f7f017f600000"
    + "0223" + "0116" + hex("wasi_snapshot_preview1") + "08" + hex("fd_write") + "0000"
    + "03020101" + "05030100" + "41" + "0713" + "02" + "06" + hex("memory") + "0200" + "06" + hex("_start") + "0001"
    + "0a14" + "01" + "12" + "00" + "0340" + "4101" + "4100" + "4101" + "4110" + "1000" + "1a" + "0c00" + "0b" + "0b"
    + "0b0e" + "01" + "004100" + "0b" + "08" + "20000000" + length;
/** Does nothing for ever. */
const LOOPS = "0061736d01000000" + "010401600000" + "03020100" + "070a01" + "06" + hex("_start") + "0000" + "0a09" + "0107" + "00" + "0340" + "0c00" + "0b" + "0b";

/** The kinds of outcomes that this worker has looked at closely: one script writes them all, and what it writes depends on the kind. */
const seen = new Set();

for (const path of containing(/<button class="run"/)) {
    // The page is opened once and its module runs once, and what it did is seen in all windows: a module knows nothing of windows.
    test(path, { tag: "@once" }, async ({ tab: page, visit }) => {
        await visit(path);
        const before = await page.evaluate(() => performance.getEntriesByType("resource").map((entry) => entry.name));
        expect.soft(before.filter((url) => /\/(widgets|modules)\/.*\.(mjs|wasm|gz)$/.test(url)), "asked for before anything is pressed").toEqual([]);
        const blocks = page.locator(".live:has(button.run)");
        const kinds = new Set();
        // The page's own step has one, and each step that is told of on its page.
        for (const block of await blocks.all()) {
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
        const known = [...kinds].every((kind) => seen.has(kind));
        for (const kind of kinds) seen.add(kind);
        for (const view of VIEWS) {
            await page.setViewportSize({ width: view.width, height: view.height });
            expect.soft(await wear(page, view.theme), `there is a theme ${view.theme}`).toBe(true);
            expect.soft(await blocks.first().locator("button.run").isVisible(), `${view.name}: the Run button is to be seen`).toBe(true);
            await fits(page, ` in ${view.name} with what the module did`);
            if (!known) await audit(page, { within: ".live", when: view.name });
        }
    });
}

// What is wrong with the machinery is wrong on every page: one will do, of a module that stands in the page.
for (const path of chosen([RUN])) {
    test(`modules that never end, or print without end: ${path}`, { tag: "@once" }, async ({ page, open }) => {
        await open(path);
        const block = page.locator(".live");
        for (const { module, words, least = 0 } of [
            { module: LOOPS, words: "stopped after 2 s", least: 2000 },
            { module: prints("04000000"), words: "stopped after 64 KB of output" },
            { module: prints("00004000"), words: "stopped after 64 KB of output" },
            { module: prints("00000000"), words: "stopped after 64 KB of output" },
            { module: "00", words: "refused: " },
            { module: "", words: "refused: " },
        ]) {
            await block.evaluate((block, module) => block.setAttribute("data-module", module), module);
            const name = `${module.length / 2} bytes that should be "${words}": `;
            const took = await press(block, name);
            const said = await block.locator(".live-run").innerText();
            expect.soft(said.includes(words), `${name}${said.slice(0, 300)}`).toBe(true);
            expect.soft(took, `${name}the milliseconds`).toBeGreaterThanOrEqual(least);
            expect.soft(took, `${name}the milliseconds`).toBeLessThanOrEqual(least + 6000);
            expect.soft(said.length, `${name}the characters shown`).toBeLessThanOrEqual(70_000);
            expect.soft(await block.getAttribute("data-same"), `${name}whether it counts as the snapshot's`).toBe("false");
            // The page is alive.
            await page.evaluate(() => new Promise(requestAnimationFrame));
        }
    });

    test(`by keyboard: ${path}`, { tag: "@once" }, async ({ page, open }) => {
        await open(path);
        const block = page.locator(".live");
        const focused = () => page.evaluate(() => document.activeElement?.matches(".live button.run"));
        await page.locator("main h1 a").first().focus();
        for (let presses = 0; presses < 80 && !await focused(); presses += 1) await page.keyboard.press("Tab");
        expect.soft(await focused(), "the Tab key comes to the Run button").toBe(true);
        await page.keyboard.press("Enter");
        await expect.soft(block, "Enter runs the module").toHaveAttribute("data-same", "true", { timeout: 10_000 });
        expect.soft(await focused(), "the Run button keeps the focus").toBe(true);
        // Once more: the same again, and not twice as much.
        const said = await page.locator(".live-run").innerText();
        await block.evaluate((block) => block.removeAttribute("data-same"));
        await page.keyboard.press(" ");
        await expect.soft(block, "a module runs twice").toHaveAttribute("data-same", "true", { timeout: 10_000 });
        expect.soft(await page.locator(".live-run").innerText(), "what is said the second time").toBe(said);
        expect.soft(await page.locator(".live-run [role=status]").count(), "the places where the result is announced").toBe(1);
    });
}

/**
 * Presses Run, and waits for the end. Returns how many milliseconds it took.
 *
 * @param {import("@playwright/test").Locator} block
 * @param {string} when
 */
async function press(block, when) {
    const began = Date.now();
    await block.evaluate((block) => block.removeAttribute("data-same"));
    await block.locator("button.run").click();
    await expect.soft(block, `${when}the run comes to an end`).toHaveAttribute("data-same", /./, { timeout: 15_000 });
    await expect.soft(block.locator("button.run"), `${when}the button is given back`).toHaveAttribute("aria-disabled", "false", { timeout: 5000 });
    return Date.now() - began;
}
