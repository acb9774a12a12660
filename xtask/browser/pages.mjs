// Opens every page of the book once in a real browser, and fails on anything that a reader would stumble over.
// Started by `cargo xtask browse`, which serves the book and says where everything is:
//
//   node pages.mjs PLAYWRIGHT CHROMIUM ADDRESS SHOTS PAGE...
//
// Prints one line of JSON: the number of pages opened, and what is wrong with which.

const [playwright, chromium, address, shots, ...pages] = process.argv.slice(2);
const { chromium: browserType } = (await import(playwright)).default;

const VIEWS = [
    { name: "desktop-light", width: 1280, height: 900, theme: "light" },
    { name: "phone-dark", width: 390, height: 844, theme: "navy" },
];

const browser = await browserType.launch({
    executablePath: chromium,
    args: [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ],
});

const problems = [];
let opened = 0;

/** Code blocks as the copy button gives them out, and as they stand in the page's source. */
async function copies(page) {
    return page.evaluate(() => [...document.querySelectorAll("pre code.language-rust")].map((code) => ({
        wrapped: code.closest(".playground") !== null || code.querySelector(".boring") !== null,
        text: code.innerText,
    })));
}

for (const view of VIEWS) {
    const context = await browser.newContext({
        viewport: { width: view.width, height: view.height },
        permissions: ["clipboard-read", "clipboard-write"],
    });
    await context.addInitScript((theme) => localStorage.setItem("mdbook-theme", theme), view.theme);
    for (const path of pages) {
        const page = await context.newPage();
        const wrong = (what) => problems.push({ page: path, view: view.name, problem: what });
        page.on("console", (message) => {
            if (["error", "warning"].includes(message.type())) wrong(`console: ${message.text()}`);
        });
        page.on("pageerror", (error) => wrong(`script: ${error.message}`));
        // What is not ours is not there for a reader without a network.
        page.on("request", (request) => {
            if (!request.url().startsWith(address) && !request.url().startsWith("data:")) wrong(`asks for ${request.url()}`);
        });
        const response = await page.goto(address + path, { waitUntil: "load" });
        if (response.status() !== 200) wrong(`answers with ${response.status()}`);
        opened += 1;

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
                await button.click();
                const copied = await page.evaluate(() => navigator.clipboard.readText());
                if (copied.trim() !== text.trim()) wrong(`the copy button gives out something else: ${copied}`);
            }
        }
        // Modules that run in the page: what they give here is what the snapshot has.
        for (const place of await page.locator(".live").all()) {
            await place.locator("button").click();
            await place.locator("pre").waitFor({ state: "visible" });
            const output = await place.locator("pre").innerText();
            if ((await place.getAttribute("data-same")) !== "true") wrong(`a module gives something else in the page: ${output}`);
        }
        await folds(false);
        await page.evaluate(() => { document.activeElement?.blur(); window.scrollTo(0, 0); });
        // The page for printing holds all the others, and is too long for a picture.
        if (shots && !path.endsWith("/print.html")) {
            const name = path.replace(/^\//, "").replace(/\.html$/, "").replaceAll("/", "-") || "index";
            await page.screenshot({ path: `${shots}/${name}-${view.name}.png`, fullPage: true });
        }
        await page.close();
    }
    await context.close();
}
await browser.close();
console.log(JSON.stringify({ opened, problems }));
