// @ts-check
// Every page, once in each view: that it opens, fits the window, and folds, plots and copy buttons do what they promise.

import { audit } from "./audit.mjs";
import { expect, fits, picture, test } from "./book.mjs";
import { plan } from "./plan.mjs";

for (const path of plan.pages) {
    const forPrinting = path.endsWith("/print.html");

    test(path, async ({ tab: page, visit, view }) => {
        await visit(path);
        // A page of a step's own says what its module gave as soon as it has it.
        if (path.startsWith("/own/")) {
            await expect.soft(page.locator("output"), "what the step's module gave").not.toHaveText("…", { timeout: 5000 });
        }
        await fits(page);
        // A link to a folded crate opens it.
        const folded = page.locator("details.crate [id]").first();
        if (await folded.count() && !forPrinting) {
            await page.evaluate((id) => { location.hash = id; }, await folded.getAttribute("id") ?? "");
            await expect.soft(folded, "a link to a folded crate opens it").toBeVisible({ timeout: 5000 });
        }
        const folds = (/** @type {boolean} */ open) => page.evaluate((open) => {
            for (const fold of document.querySelectorAll("details")) if (fold.closest("main")) fold.open = open;
        }, open);
        await folds(true);
        await fits(page, ", with all that is folded opened,");
        // The page for printing holds all the others, which are looked at one by one.
        if (!forPrinting) {
            await audit(page, { contents: path.endsWith("/index.html") || path === "/" });
        }
        // The figures of a release stand below the plot when it has the focus.
        for (const plot of await page.locator(".timeline").all()) {
            const release = plot.locator(".release").nth(3);
            if (!(await release.count())) continue;
            await release.focus();
            expect.soft(await release.locator(".figures").isVisible(), "a release in the plot that has the focus shows its figures").toBe(true);
            const shown = await plot.locator(".figures").evaluateAll((all) => all.filter((one) => getComputedStyle(one).visibility === "visible").length);
            expect.soft(shown, "releases that show their figures at once").toBe(1);
        }
        // The copy button of the first block of Rust: what is in the clipboard is what the file says.
        if (view.name === "desktop-light") {
            const wrapped = await page.locator("pre code.language-rust").evaluateAll((all) => all
                .filter((code) => code.closest(".playground") !== null || code.querySelector(".boring") !== null).length);
            expect.soft(wrapped, "blocks of Rust that mdBook has wrapped").toBe(0);
            const block = page.locator("pre:has(code.language-rust)").first();
            const button = page.locator("pre:has(code.language-rust) button.clip-button").first();
            if (await button.count()) {
                const text = await page.locator("pre code.language-rust").first().innerText();
                await block.hover();
                await button.click();
                const copied = await page.evaluate(() => navigator.clipboard.readText());
                expect.soft(copied.trim(), "what the copy button gives out").toBe(text.trim());
            }
        }
        await folds(false);
        await page.evaluate(() => {
            if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
            window.scrollTo(0, 0);
        });
        // It is too long for a picture.
        if (!forPrinting) await picture(page, path.replace(/^\//, "").replace(/\.html$/, "").replaceAll("/", "-") || "index", view);
    });
}
