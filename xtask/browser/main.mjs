// Drives a real browser through the built book, and fails on anything that a reader would stumble over.
// Started by `cargo xtask browse`, which serves the book and says where everything is (plan.mjs).
//
// Prints one line of JSON: what was looked at, how often, and what is wrong with which page.

import { plan, VIEWS } from "./plan.mjs";

/** The tests, each a file beside this one. A file that is missing is an error. */
const TESTS = ["pages", "run", "look", "offline", "prefix", "plain"];

const { chromium: browserType } = (await import(plan.playwright)).default;
const browser = await browserType.launch({
    executablePath: plan.chromium,
    args: [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
        // The network is cut: there is no machine but this one.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
});

const problems = [];
const opened = {};
for (const name of TESTS) {
    const began = Date.now();
    const { default: test } = await import(`./${name}.mjs`);
    const wrong = (page, view, problem) => problems.push({ page, view: view?.name ?? name, problem });
    try {
        opened[name] = await test(browser, plan.address, VIEWS, plan.pages, wrong);
    } catch (error) {
        wrong(name, null, `the test itself: ${error.stack}`);
        opened[name] = null;
    }
    // A test that finds nothing to look at in the whole book has lost its pages.
    if (!opened[name] && !plan.filtered) wrong(name, null, "it looked at no page");
    console.error(`     ${name.padStart(7)} ${opened[name] ?? "?"} pages in ${((Date.now() - began) / 1000).toFixed(1)} s`);
}
await browser.close();
console.log(JSON.stringify({ opened, problems }));
