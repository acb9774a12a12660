// The built folder on any server for files, below a path of its own: every link leads to a file, and everything works.

import { open } from "./open.mjs";
import { serve } from "./server.mjs";
import { own, OWN, RUN, search, step } from "./uses.mjs";

const PREFIX = "/some/where";
const USES = { "/": [search], [RUN]: [step], [OWN]: [own], "/2-the-library-way/60-greet-by-hand.html": [], "/6-then-and-now/timeline.html": [] };
export default async function (browser, _, views, pages, wrong) {
    let looked = 0;
    const { address, close } = await serve(PREFIX);
    for (const path of Object.keys(USES).filter((path) => pages.includes(path))) {
        const [view] = views;
        const problem = (what) => wrong(`${PREFIX}${path}`, view, what);
        const page = await open(browser, address, view, path, problem);
        for (const use of USES[path]) await use(page, problem);
        const links = await page.evaluate(() => [...document.querySelectorAll("a[href], link[href], img[src], script[src]")]
            .map((one) => new URL(one.getAttribute("href") ?? one.getAttribute("src"), document.baseURI).href.replace(/#.*/, "")));
        for (const link of new Set(links)) {
            if (new URL(link).origin !== new URL(address).origin) continue;
            const response = await fetch(link, { method: "HEAD" });
            if (!response.ok) problem(`the link to ${new URL(link).pathname} leads nowhere`);
        }
        looked += 1;
        await page.context().close();
    }
    close();
    return looked;
}
