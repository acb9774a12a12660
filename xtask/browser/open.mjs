// A page of the book, opened as a reader of `view` would see it, with an eye on everything that should not happen.

import { plan } from "./plan.mjs";

/** `wrong(problem)` hears of every console message, script error, failed and foreign request of the page. */
function watch(page, address, wrong) {
    page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) wrong(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => wrong(`script: ${error.message}`));
    page.on("response", (response) => {
        if (response.status() >= 400) wrong(`${response.url()} answers with ${response.status()}`);
    });
    // What is not ours is not there for a reader without a network; nor here, where the browser finds no other machine.
    page.on("request", (request) => {
        if (![`${address}/`, "data:", "blob:"].some((own) => request.url().startsWith(own))) wrong(`asks for ${request.url()}`);
    });
}

/**
 * A context as a reader of `view` has it: `options` are Playwright's, such as `{ javaScriptEnabled: false }`, and `audited`: axe is
 * there from the beginning. To put it into a page that is loaded takes a third of a second more.
 */
export async function reader(browser, view, { audited = false, ...options } = {}) {
    const context = await browser.newContext({
        viewport: { width: view.width, height: view.height },
        permissions: ["clipboard-read", "clipboard-write"],
        reducedMotion: "reduce",
        ...options,
    });
    if (audited) await context.addInitScript({ path: plan.axe });
    await context.addInitScript((theme) => localStorage.setItem("mdbook-theme", theme), view.theme);
    return context;
}

/** Opens a page in a context that is there, and waits until it is loaded. */
export async function openIn(context, address, path, wrong) {
    const page = await context.newPage();
    watch(page, address, wrong);
    await go(page, address, path, wrong);
    return page;
}

/** Leads a tab to another page, and waits until it is loaded. */
async function go(page, address, path, wrong) {
    const response = await page.goto(address + path, { waitUntil: "load" });
    if (response.status() !== 200) wrong(`answers with ${response.status()}`);
}

/** Opens a page in a context of its own, which is closed with `await page.context().close()`. */
export async function open(browser, address, view, path, wrong, options = {}) {
    return openIn(await reader(browser, view, options), address, path, wrong);
}

/** Changes the theme as a reader does; whether the page has themes. */
export async function wear(page, theme) {
    return page.evaluate((theme) => {
        const button = document.getElementById(`mdbook-theme-${theme}`);
        button?.click();
        return button !== null;
    }, theme);
}

/** Has several workers take what is next of `all`, until nothing is left: a page mostly waits for the browser. */
async function share(all, worker, atOnce = 3) {
    const left = all.values();
    await Promise.all(Array.from({ length: atOnce }, () => worker(left)));
}

/** Does `work` for each of `all`, several at a time. */
export async function together(all, work, atOnce) {
    await share(all, async (left) => {
        for (const one of left) await work(one);
    }, atOnce);
}

/** Every page in every view: `[{ view, path, wrong }]`, where `wrong(problem)` knows both. */
export function everywhere(views, pages, wrong) {
    return views.flatMap((view) => pages.map((path) => ({ view, path, wrong: (problem) => wrong(path, view, problem) })));
}

/**
 * Does `work(page, path, wrong)` for each of `paths`, in a few tabs that go from page to page, as a reader's do: that takes half the
 * time of a new one for each. `options` as for `reader`.
 */
export async function tour(browser, address, view, paths, wrong, work, options = {}) {
    await share(paths, async (left) => {
        let page = null;
        let problem;
        for (const path of left) {
            problem = (what) => wrong(path, view, what);
            try {
                if (page === null) {
                    page = await (await reader(browser, view, options)).newPage();
                    watch(page, address, (what) => problem(what));
                }
                await go(page, address, path, problem);
                await work(page, path, problem);
            } catch (error) {
                problem(`the test came to no end: ${error.message.split("\n")[0]}`);
                // What is left of it is not the next page's.
                await page?.context().close();
                page = null;
            }
        }
        await page?.context().close();
    });
}
