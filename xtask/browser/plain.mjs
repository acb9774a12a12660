// Without JavaScript: the text says it all, and there is nothing to press that does nothing.

import { everywhere, open, together } from "./open.mjs";
import { plan } from "./plan.mjs";
import { OWN, RUN } from "./uses.mjs";

/** A page of each kind. */
const KINDS = [
    "/", "/reading.html", "/glossary.html", RUN, OWN, "/1-two-megabytes-to-97/01-two-megabytes.html", "/2-the-library-way/44-bump.html",
    "/3-wasi-by-hand/index.html", "/3-wasi-by-hand/19-js-host.html", "/4-on-a-microcontroller/23-in-flash.html",
    "/5-below-across-beyond/engines.html", "/5-below-across-beyond/golf.html", "/5-below-across-beyond/40-component.html",
    "/6-then-and-now/the-hard-way.html", "/6-then-and-now/timeline.html",
];

export default async function (browser, address, views, pages, wrong) {
    let looked = 0;
    await together(everywhere(views, KINDS.filter((path) => pages.includes(path)), wrong), async ({ view, path, wrong: problem }) => {
        const page = await open(browser, address, view, path, problem, { javaScriptEnabled: false });
        // Without scripts of the page's: Playwright's own still run.
        for (const dead of await page.locator("main button, main input, main textarea, main [role=button]").all()) {
            if (await dead.isVisible()) problem(`without JavaScript there is “${await dead.innerText()}” to press, which does nothing`);
        }
        for (const empty of await page.locator(".live, .own-module").all()) {
            if ((await empty.boundingBox())?.height > 8) problem("without JavaScript there is an empty place for what it would show");
        }
        const words = (await page.locator("main").innerText()).split(/\s+/).length;
        if (words < 50) problem(`without JavaScript there are only ${words} words`);
        if (plan.shots) {
            await page.screenshot({ path: `${plan.shots}/plain-${path.replaceAll("/", "-").replace(".html", "")}-${view.name}.png`, fullPage: true });
        }
        looked += 1;
        await page.context().close();
    });
    return looked;
}
