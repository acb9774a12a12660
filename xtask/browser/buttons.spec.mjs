// @ts-check
// Every view of bytes opens, and every editor agrees with its page.

import { expect, test } from "./book.mjs";
import { containing } from "./plan.mjs";
import { answers } from "./uses.mjs";

for (const path of containing(/<button class="(look|edit)"/).filter((path) => /^\/\d-.*\/\d\d-/.test(path))) {
    test(path, { tag: "@once" }, async ({ tab: page, visit }) => {
        await visit(path);
        const block = page.locator(".live").first();
        const size = Number(await block.getAttribute("data-size"));
        if (await block.locator("button.look").count()) {
            await block.locator("button.look").click();
            await expect(block.locator(".byte-grid"), "the view opens").toBeVisible();
            expect.soft(await block.locator(".live-look .byte-grid td").count(), "the bytes in the view").toBe(size);
            // Components have no Run button, and no text.
            if (await block.locator("button.run").count()) {
                expect.soft(await block.locator(".live-look .note").allInnerTexts(), "why the module cannot be written down as text").toEqual([]);
            }
        }
        if (await block.locator("button.edit").count()) {
            await block.locator("button.edit").click();
            await expect(block.locator(".editor"), "the editor opens").toBeVisible();
            const said = await answers(page);
            const another = (await page.locator(".goal").innerText()).includes("another assembler");
            if (size > 8 && !another) expect.soft(said, "the page's text makes the page's module").toContain("as many as the page’s");
            expect.soft(await page.locator(".reached.yes").count(), "the page's own text does not reach the goal").toBe(0);
            expect.soft(said, "the page's text does what the page's module does").toContain("as the page’s does");
        }
    });
}
