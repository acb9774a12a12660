// @ts-check
// Without JavaScript: the text says it all, and there is nothing to press that does nothing.

import { expect, picture, test } from "./book.mjs";
import { chosen, OWN, RUN } from "./plan.mjs";

/** A page of each kind. */
const KINDS = [
    "/", "/reading.html", "/glossary.html", RUN, OWN, "/1-two-megabytes-to-97/01-two-megabytes.html", "/2-the-library-way/44-bump.html",
    "/3-wasi-by-hand/index.html", "/3-wasi-by-hand/19-js-host.html", "/4-on-a-microcontroller/23-in-flash.html",
    "/5-below-across-beyond/engines.html", "/5-below-across-beyond/golf.html", "/5-below-across-beyond/40-component.html",
    "/6-then-and-now/the-hard-way.html", "/6-then-and-now/timeline.html",
];

test.use({ javaScriptEnabled: false });

for (const path of chosen(KINDS)) {
    test(path, { tag: "@once" }, async ({ page, open, view }) => {
        await open(path);
        // Without scripts of the page's: Playwright's own still run.
        for (const dead of await page.locator("main button, main input, main textarea, main [role=button]").all()) {
            expect.soft(await dead.isVisible(), `there is “${await dead.innerText()}” to press, which does nothing`).toBe(false);
        }
        for (const empty of await page.locator(".live, .own-module").all()) {
            expect.soft((await empty.boundingBox())?.height ?? 0, "the height of an empty place for what scripts would show").toBeLessThanOrEqual(8);
        }
        expect.soft((await page.locator("main").innerText()).split(/\s+/).length, "words on the page").toBeGreaterThanOrEqual(50);
        await picture(page, `plain-${path.replaceAll("/", "-").replace(".html", "")}`, view);
    });
}
