// A page of the book, opened as a reader of `view` would see it, with an eye on everything that should not happen.

/** What each console message, error and foreign request is told to; a page's own. */
function watch(page, address, wrong) {
    page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) wrong(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => wrong(`script: ${error.message}`));
    page.on("response", (response) => {
        if (response.status() >= 400) wrong(`${response.url()} answers with ${response.status()}`);
    });
    // What is not ours is not there for a reader without a network: nothing leaves this machine.
    return page.route((url) => !own(url.href, address), (route) => {
        wrong(`asks for ${route.request().url()}`);
        return route.abort();
    });
}

const own = (url, address) => url.startsWith(`${address}/`) || url.startsWith("data:") || url.startsWith("blob:");

/**
 * Opens a page, loaded, in a context of its own. `wrong(problem)` hears of every console message, script error, failed and foreign
 * request, until the page is closed. Close it with `await page.context().close()`.
 *
 * `options` go to the new context: `{ javaScriptEnabled: false }`.
 */
export async function open(browser, address, view, path, wrong, options = {}) {
    const context = await browser.newContext({
        viewport: { width: view.width, height: view.height },
        permissions: ["clipboard-read", "clipboard-write"],
        reducedMotion: "reduce",
        ...options,
    });
    await context.addInitScript((theme) => localStorage.setItem("mdbook-theme", theme), view.theme);
    const page = await context.newPage();
    await watch(page, address, wrong);
    const response = await page.goto(address + path, { waitUntil: "load" });
    if (response.status() !== 200) wrong(`answers with ${response.status()}`);
    return page;
}

/** Does `work` for each of `all`, several at a time: a page mostly waits for the browser. */
export async function together(all, work, atOnce = 3) {
    const left = [...all];
    const worker = async () => {
        for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Every page in every view: `[{ view, path, wrong }]`, where `wrong(problem)` knows both. */
export function everywhere(views, pages, wrong) {
    return views.flatMap((view) => pages.map((path) => ({ view, path, wrong: (problem) => wrong(path, view, problem) })));
}
