// The network cut. In all tests the browser finds no machine but this one; here this one is gone too, once a page has been used.

import { everywhere, open } from "./open.mjs";
import { own, OWN, RUN, search, step, theme } from "./uses.mjs";

const USES = { "/": [], [RUN]: [step], [OWN]: [own] };

export default async function (browser, address, views, pages, wrong) {
    let looked = 0;
    for (const { view, path, wrong: problem } of everywhere(views, Object.keys(USES).filter((path) => pages.includes(path)), wrong)) {
        const page = await open(browser, address, view, path, problem);
        const uses = [search, theme, ...USES[path]];
        for (const use of uses) await use(page, problem);
        await page.context().setOffline(true);
        const there = await page.evaluate(() => fetch(location.href).then(() => true, () => false));
        if (there) problem("the network was to be cut, and is not");
        for (const use of uses) await use(page, (what) => problem(`with the network cut ${what}`));
        looked += 1;
        await page.context().close();
    }
    return looked;
}
