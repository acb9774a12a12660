// @ts-check
// The built folder on any server for files, below a path of its own: every link leads to a file, and everything works.

import { expect, test } from "./book.mjs";
import { chosen, OWN, RUN } from "./plan.mjs";
import { serve } from "./server.mjs";
import { own, search, step } from "./uses.mjs";

/** @type {Record<string, ((page: import("@playwright/test").Page) => Promise<void>)[]>} */
const USES = { "/": [search], [RUN]: [step], [OWN]: [own], "/2-the-library-way/60-greet-by-hand.html": [], "/6-then-and-now/timeline.html": [] };

test.use({
    address: async ({}, use) => {
        const { address, close } = await serve("/some/where");
        await use(address);
        close();
    },
});

for (const path of chosen(Object.keys(USES))) {
    test(path, { tag: "@once" }, async ({ page, open, address }) => {
        await open(path);
        for (const use of USES[path]) await use(page);
        const links = await page.locator("a[href], link[href], img[src], script[src]").evaluateAll((all) => all
            .map((one) => new URL(one.getAttribute("href") ?? one.getAttribute("src") ?? "", document.baseURI).href.replace(/#.*/, "")));
        const nowhere = [];
        for (const link of new Set(links)) {
            if (new URL(link).origin !== new URL(address).origin) continue;
            const response = await fetch(link, { method: "HEAD" });
            if (!response.ok) nowhere.push(new URL(link).pathname);
        }
        expect.soft(nowhere, "links that lead nowhere").toEqual([]);
    });
}
