// @ts-check
// The machinery behind the Run buttons: what could hold a reader up is stopped, and the keyboard is enough. (What each page's modules
// do, pages.spec.mjs sees.)

import { expect, test } from "./book.mjs";
import { chosen, RUN } from "./plan.mjs";
import { press } from "./runs.mjs";

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
