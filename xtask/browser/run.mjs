// Modules that run in the page: what they give there is what the snapshot has.

import { everywhere, open } from "./open.mjs";

export default async function (browser, address, views, pages, wrong) {
    let looked = 0;
    const candidates = pages.filter((path) => !path.endsWith("/print.html") && !path.startsWith("/own/"));
    for (const { view, path, wrong: problem } of everywhere(views, candidates, wrong)) {
        const page = await open(browser, address, view, path, problem);
        const places = await page.locator(".live").all();
        for (const place of places) {
            await place.locator("button").click();
            await place.locator("pre").waitFor({ state: "visible" });
            const output = await place.locator("pre").innerText();
            if ((await place.getAttribute("data-same")) !== "true") problem(`a module gives something else in the page: ${output}`);
        }
        looked += places.length > 0;
        await page.context().close();
    }
    return looked;
}
