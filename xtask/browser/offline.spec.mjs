// @ts-check
// The network cut. In all tests the browser finds no machine but this one; here this one is gone too, once a page has been used.

import { expect, test } from "./book.mjs";
import { chosen, OWN, RUN } from "./plan.mjs";
import { own, search, step, theme } from "./uses.mjs";

/** @type {Record<string, ((page: import("@playwright/test").Page, when?: string) => Promise<void>)[]>} */
const USES = { "/": [], [RUN]: [step], [OWN]: [own] };

for (const path of chosen(Object.keys(USES))) {
    test(path, { tag: "@once" }, async ({ page, open, overheard }) => {
        await open(path);
        const uses = [search, theme, ...USES[path]];
        for (const use of uses) await use(page);
        await page.context().setOffline(true);
        overheard.deaf = true;
        const there = await page.evaluate(() => fetch(location.href, { cache: "no-store" }).then(() => true, () => false));
        overheard.deaf = false;
        expect.soft(there, "the server answers with the network cut").toBe(false);
        for (const use of uses) await use(page, "with the network cut: ");
    });
}
