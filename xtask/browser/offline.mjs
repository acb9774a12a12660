// The network cut. In all tests the browser finds no machine but this one; here this one is gone too, once a page has been used.

import { everywhere, open } from "./open.mjs";
import { serve } from "./server.mjs";
import { own, OWN, RUN, search, step, theme } from "./uses.mjs";

const USES = { "/": [], [RUN]: [step], [OWN]: [own] };

export default async function (browser, _, views, pages, wrong) {
    let looked = 0;
    // What a browser has it may keep, other than from a server for authors, whose pages change.
    const { address, close } = await serve("");
    for (const { view, path, wrong: problem } of everywhere(views, Object.keys(USES).filter((path) => pages.includes(path)), wrong)) {
        let trying = false;
        const page = await open(browser, address, view, path, (what) => trying || problem(what));
        const uses = [search, theme, ...USES[path]];
        for (const use of uses) await use(page, problem);
        await page.context().setOffline(true);
        trying = true;
        const there = await page.evaluate(() => fetch(location.href, { cache: "no-store" }).then(() => true, () => false));
        trying = false;
        if (there) problem("the network was to be cut, and is not");
        for (const use of uses) await use(page, (what) => problem(`with the network cut ${what}`));
        looked += 1;
        await page.context().close();
    }
    close();
    return looked;
}
