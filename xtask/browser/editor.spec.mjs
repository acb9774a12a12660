// @ts-check
// The editor on the pages of modules that are written as text.

import { audit } from "./audit.mjs";
import { expect, fits, picture, test } from "./book.mjs";
import { chosen, RUN } from "./plan.mjs";
import { answers } from "./uses.mjs";

for (const path of chosen([RUN])) {
    test(path, async ({ page, open, view }) => {
        await open(path);
        const opened = async () => {
            await page.locator(".live button.edit").click();
            await page.locator(".editor").waitFor({ timeout: 20_000 });
            return answers(page);
        };
        const says = (/** @type {string} */ said, /** @type {string} */ what, /** @type {string[]} */ ...parts) => {
            for (const part of parts) expect.soft(said, what).toContain(part);
        };
        says(await opened(), "the page's own text", "97 bytes, as many", "valid", "exits with code 0, as the page’s does");
        const area = page.locator(".editor textarea");
        const text = await area.inputValue();
        const type = async (/** @type {string} */ changed) => {
            await area.fill(changed);
            return answers(page);
        };
        const reached = page.locator(".reached.yes");
        // Keys, as a reader types them: a comment changes nothing, a page of memory in two bytes does.
        await area.focus();
        await page.keyboard.press("Control+Home");
        await page.keyboard.type(";; nothing but a word\n");
        says(await answers(page), "a comment", "97 bytes, as many", "exits with code 0, as");
        says(await type(text.replace("(memory 16)", "(memory 200)")), "a larger memory", "98 bytes, 1 more");
        expect.soft(await reached.count(), "a larger module does not reach the goal").toBe(0);

        // An error has a line and a column, and a button that leads there.
        says(await type(text.replace("call 0", "cal 0")), "a misspelt instruction", "cannot be assembled", "line 9, column 5");
        await page.locator(".verdict button").click();
        const selected = await area.evaluate((area) => area instanceof HTMLTextAreaElement && area.value.slice(area.selectionStart, area.selectionEnd));
        expect.soft(selected, "where the button leads").toBe("cal");
        expect.soft(await page.locator(".band.wrong").isVisible(), "the line of the error is marked").toBe(true);
        says(await type(text.replace("i32.const 0", "i64.const 0")), "a wrong type", "No engine will take it", "line 9, column 5", "i64");
        says(await type(""), "nothing at all", "cannot be assembled", "line 1, column 1");
        says(await type("(module)"), "the smallest module", "8 bytes, 89 fewer", "and the page’s does not");
        says(await type(text.replace("i32.const 0", "i32.const 7")), "another code", "exits with code 7", "and the page’s does not");
        says(await type(text.replace("i32.const 0", "(loop (br 0)) i32.const 0")), "a loop without end", "stopped after 2 s");

        // What the page's host accepts and the rules do not.
        const against = async (/** @type {[string | RegExp, string][]} */ ...changes) => {
            const changed = changes.reduce((text, [from, to]) => text.replace(from, to), text);
            const said = await type(changed);
            says(said, changed, "exits with code 0, as", "Against the rules");
            expect.soft(await reached.count(), `the goal is not reached by ${changed}`).toBe(0);
            return said;
        };
        says(await against([/\(memory 16\)\n/, ""], [/.*\(export "memory".*\n/, ""]), "no memory", "exports its memory");
        says(await against(["(param i32)", "(param f32)"], ["i32.const 0", "f32.const 0"]), "another type", "proc_exit is a func (param i32), and not a func (param f32)");

        // Deep and long texts come to an end.
        const began = Date.now();
        await type(`(module ${"(func ".repeat(50_000)}`);
        await type(`(module (func ${"(block ".repeat(20_000)}${")".repeat(20_000)}))`);
        await type("(func)".repeat(100_000));
        says(await type("x".repeat(1_000_001)), "a longer text", "Too long");
        expect.soft(Date.now() - began, "the milliseconds over long texts").toBeLessThanOrEqual(45_000);
        expect.soft(await reached.count(), "a text that is no module does not reach the goal").toBe(0);

        // The goal, kept over a reload.
        const smaller = text.replace("\n    unreachable", "");
        says(await type(smaller), "a byte to spare", "96 bytes, 1 fewer", "Goal reached");
        await audit(page);
        await fits(page);
        await picture(page, "edit", view);
        // A byte lights its line in the text, by keyboard.
        await page.locator(".editor .byte-grid td").nth(91).click();
        const top = await page.locator(".band").evaluate((band) => band instanceof HTMLElement
            ? Number.parseFloat(band.style.getPropertyValue("--top")) / band.offsetHeight : Number.NaN);
        expect.soft(Math.floor(top) + 1, "the line that the byte of line 8 lights").toBe(8);
        await page.reload();
        says(await opened(), "after a reload", "97 bytes, as many");
        await page.getByRole("button", { name: "Back to my best, 96 bytes" }).click();
        says(await answers(page), "back to the best", "96 bytes", "Goal reached");
        expect.soft(await area.inputValue(), "the best is the text that was kept").toBe(smaller);
        await page.getByRole("button", { name: "Back to the page’s text" }).click();
        says(await answers(page), "back to the page's", "97 bytes");
        expect.soft(await area.inputValue(), "the page's text").toBe(text);
        // The arrow keys move in the text, and do not turn the page. Tab leaves it: nobody is caught in it.
        await area.focus();
        for (const key of ["Control+Home", "ArrowRight", "ArrowLeft", "s"]) await page.keyboard.press(key);
        expect.soft(await area.inputValue(), "the text after some keys").toBe(`s${text}`);
        await page.keyboard.press("Tab");
        expect.soft(await area.evaluate((area) => area === document.activeElement), "the Tab key leaves the text").toBe(false);

        // A browser that keeps nothing.
        await page.addInitScript(() => {
            Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
        });
        await page.reload();
        await opened();
        says(await type(smaller), "without storage", "96 bytes, 1 fewer", "Goal reached");
        await fits(page);
    });
}
