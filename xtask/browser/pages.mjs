// Every page, once in each view: that it opens, fits the window, and folds, plots and copy buttons do what they promise.

import { audit } from "./axe.mjs";
import { tour, wear } from "./open.mjs";
import { plan } from "./plan.mjs";

/** Code blocks as the copy button gives them out, and as they stand in the page's source. */
async function copies(page) {
    return page.evaluate(() => [...document.querySelectorAll("pre code.language-rust")].map((code) => ({
        wrapped: code.closest(".playground") !== null || code.querySelector(".boring") !== null,
    })));
}

/** There is one clipboard for all pages: they take turns. */
let turn = Promise.resolve();
function alone(work) {
    turn = turn.then(work, work);
    return turn;
}

async function look(page, view, path, wrong) {
    // A page of a step's own says what its module gave as soon as it has it.
    if (path.startsWith("/own/")) {
        await page.waitForFunction(() => document.querySelector("output").textContent !== "…", null, { timeout: 5000 })
            .catch(() => wrong("the step's page never says what its module gave"));
    }

    const width = async (how) => {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (wide > 1) wrong(`the page${how} is ${wide} pixels wider than the window`);
    };
    await width("");
    // A link to a folded crate opens it.
    const folded = page.locator("details.crate [id]").first();
    if (await folded.count() && !path.endsWith("/print.html")) {
        await page.evaluate((id) => { location.hash = id; }, await folded.getAttribute("id"));
        await folded.waitFor({ state: "visible", timeout: 5000 }).catch(() => wrong("a link to a folded crate does not open it"));
    }
    const folds = (open) => page.evaluate((open) => document.querySelectorAll("main details").forEach((fold) => { fold.open = open; }), open);
    await folds(true);
    await width(", with all that is folded opened,");
    // The page for printing holds all the others, which are looked at one by one.
    if (!path.endsWith("/print.html")) {
        await audit(page, wrong, { contents: path.endsWith("/index.html") || path === "/" });
        // The colours do not depend on the window: the other theme is looked at in one of them.
        if (view.other && await wear(page, view.other)) {
            await audit(page, (problem) => wrong(`in the theme ${view.other}: ${problem}`), { only: ["color-contrast"] });
        }
        if (view.other) await wear(page, view.theme);
    }
    // The figures of a release stand below the plot when it has the focus.
    for (const plot of await page.locator(".timeline").all()) {
        const release = plot.locator(".release").nth(3);
        if (!(await release.count())) continue;
        await release.focus();
        if (!(await release.locator(".figures").isVisible())) wrong("a release in the plot has the focus and shows nothing");
        const shown = await plot.locator(".figures").evaluateAll((all) => all.filter((one) => getComputedStyle(one).visibility === "visible").length);
        if (shown !== 1) wrong(`${shown} releases show their figures at once`);
    }

    // The copy button of the first block of Rust: what lands in the clipboard is what stands in the file.
    if (view.name === "desktop-light") {
        for (const block of await copies(page)) {
            if (block.wrapped) wrong("a block of Rust is wrapped by mdBook");
        }
        const button = page.locator("pre:has(code.language-rust) button.clip-button").first();
        if (await button.count()) {
            const text = await page.locator("pre code.language-rust").first().innerText();
            await page.locator("pre:has(code.language-rust)").first().hover();
            const copied = await alone(async () => {
                await button.click();
                return page.evaluate(() => navigator.clipboard.readText());
            });
            if (copied.trim() !== text.trim()) wrong(`the copy button gives out something else: ${copied}`);
        }
    }
    await folds(false);
    await page.evaluate(() => { document.activeElement?.blur(); window.scrollTo(0, 0); });
    // The page for printing holds all the others, and is too long for a picture.
    if (plan.shots && !path.endsWith("/print.html")) {
        const name = path.replace(/^\//, "").replace(/\.html$/, "").replaceAll("/", "-") || "index";
        await page.screenshot({ path: `${plan.shots}/${name}-${view.name}.png`, fullPage: true });
    }
}

export default async function (browser, address, views, pages, wrong) {
    let opened = 0;
    for (const view of views) {
        await tour(browser, address, view, pages, wrong, async (page, path, problem) => {
            opened += 1;
            await look(page, view, path, problem);
        }, { audited: true });
    }
    return opened;
}
