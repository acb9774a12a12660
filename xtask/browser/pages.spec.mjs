// @ts-check
// Every page, opened once and seen in all windows: that it opens, stands still, fits the window, and folds, plots, and all buttons do what they promise.

import { readFileSync } from "node:fs";

import { audit, LOOKS } from "./audit.mjs";
import { expect, fits, picture, test, wear } from "./book.mjs";
import { containing, plan, VIEWS } from "./plan.mjs";
import { nothingFetched, openAll, runAll } from "./runs.mjs";

/**
 * The page's HTML.
 *
 * @param {string} path
 */
function written(path) {
    return readFileSync(`${plan.folder}${path === "/" ? "/index.html" : path}`, "utf8");
}

/**
 * The page in one window, with its folds closed and opened.
 *
 * @param {import("@playwright/test").Page} page
 * @param {string} path
 * @param {import("./plan.mjs").View} view
 */
async function look(page, path, view) {
    const forPrinting = path.endsWith("/print.html");
    const folds = (/** @type {boolean} */ open) => page.evaluate((open) => {
        for (const fold of document.querySelectorAll("details")) if (fold.closest("main")) fold.open = open;
    }, open);
    await fits(page, ` in ${view.name}`);
    await folds(true);
    await fits(page, ` in ${view.name}, with all that is folded opened,`);
    // The page for printing holds all the others, which are looked at one by one.
    if (!forPrinting) {
        const contents = path.endsWith("/index.html") || path === "/";
        // In the other windows nothing is new but how it looks.
        await audit(page, { contents, when: view.name, only: view === VIEWS[0] ? undefined : LOOKS });
    }
    // The figures of a release stand below the plot when it has the focus.
    for (const plot of await page.locator(".timeline").all()) {
        const release = plot.locator(".release").nth(3);
        if (!(await release.count())) continue;
        await release.focus();
        expect.soft(await release.locator(".figures").isVisible(), "a release in the plot that has the focus shows its figures").toBe(true);
        const shown = await plot.locator(".figures").evaluateAll((all) => all.filter((one) => getComputedStyle(one).visibility === "visible").length);
        expect.soft(shown, "releases that show their figures at once").toBe(1);
    }
    if (view === VIEWS[0]) await copies(page);
    await folds(false);
    await page.evaluate(() => {
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
        window.scrollTo(0, 0);
    });
    // It is too long for a picture.
    if (!forPrinting) await picture(page, path.replace(/^\//, "").replace(/\.html$/, "").replaceAll("/", "-") || "index", view);
}

// If the book lost its buttons, there would be nothing to press, and nothing wrong.
for (const name of ["run", "look", "edit"]) containing(new RegExp(`<button class="${name}"`));

for (const path of plan.pages) {
    const own = path.startsWith("/own/");
    const forPrinting = path.endsWith("/print.html");

    test(path, { tag: "@once" }, async ({ tab: page, visit }) => {
        await visit(path);
        if (!own && !forPrinting) await still(page);
        const html = written(path);
        const buttons = forPrinting || own ? 0 : html.match(/<button class="run"/g)?.length ?? 0;
        if (buttons > 0) await nothingFetched(page);
        // A page of a step's own says what its module gave as soon as it has it.
        if (own) {
            await expect.soft(page.locator("output"), "what the step's module gave").not.toHaveText("…", { timeout: 5000 });
        }
        // A link to a folded crate opens it.
        const folded = page.locator("details.crate [id]").first();
        if (await folded.count() && !forPrinting) {
            await page.evaluate((id) => { location.hash = id; }, await folded.getAttribute("id") ?? "");
            await expect.soft(folded, "a link to a folded crate opens it").toBeVisible({ timeout: 5000 });
        }
        for (const [nth, view] of VIEWS.entries()) {
            if (nth > 0) {
                // On a phone the chapters are out of sight until a reader asks for them; in a window that shrinks, they stay.
                const contents = page.locator("#mdbook-sidebar-toggle-anchor");
                if (await contents.count() && await contents.isChecked()) await page.locator("#mdbook-sidebar-toggle").click();
                await page.setViewportSize({ width: view.width, height: view.height });
                await wear(page, view.theme);
            }
            await look(page, path, view);
        }
        if (forPrinting) return;
        expect.soft(await runAll(page), "Run buttons that were pressed").toBe(buttons);
        // On other pages a view and an editor have tests of their own.
        if (!/^\/\d-.*\/\d\d-/.test(path)) return;
        if (!/<button class="(look|edit)"/.test(html)) return;
        expect.soft(await openAll(page), "buttons that open something and were pressed").toBeGreaterThan(0);
    });
}

/**
 * Nothing has moved while the page was loading: what scripts bring to life has had its place before.
 *
 * @param {import("@playwright/test").Page} page
 */
async function still(page) {
    const dead = page.locator(".walk:not(:has(input)), :is(.live button, .guess p, .own-module, .score-card .yours)[hidden]");
    await expect.soft(dead, "what no script has brought to life").toHaveCount(0);
    const moved = await page.evaluate(() => new Promise((/** @type {(moved: string[]) => void} */ tell) => {
        /** @type {string[]} */
        const moved = [];
        new PerformanceObserver((list) => {
            for (const shift of /** @type {(PerformanceEntry & { value: number, sources: { node: Node | null }[] })[]} */ (list.getEntries())) {
                const what = shift.sources.map(({ node }) => `${node?.nodeName} “${node?.textContent?.trim().slice(0, 40)}”`);
                moved.push(`${shift.value.toFixed(4)}: ${what.join(", ")}`);
            }
        }).observe({ type: "layout-shift", buffered: true });
        // What was kept for the observer comes before.
        requestAnimationFrame(() => setTimeout(() => tell(moved)));
    }));
    expect.soft(moved, "what moved while the page was loading").toEqual([]);
}

/**
 * The copy button of the first block of Rust: what is in the clipboard is what the file says.
 *
 * @param {import("@playwright/test").Page} page
 */
async function copies(page) {
    const wrapped = await page.locator("pre code.language-rust").evaluateAll((all) => all
        .filter((code) => code.closest(".playground") !== null || code.querySelector(".boring") !== null).length);
    expect.soft(wrapped, "blocks of Rust that mdBook has wrapped").toBe(0);
    const button = page.locator("pre:has(code.language-rust) button.clip-button").first();
    if (!(await button.count())) return;
    const text = await page.locator("pre code.language-rust").first().innerText();
    await page.locator("pre:has(code.language-rust)").first().hover();
    await button.click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect.soft(copied.trim(), "what the copy button gives out").toBe(text.trim());
}
