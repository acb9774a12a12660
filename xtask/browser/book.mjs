// @ts-check
// The fixtures of the tests: a page of the book as a reader sees it, watched for everything that should not happen.

import { expect, test as base } from "@playwright/test";

import { AXE } from "./audit.mjs";
import { plan, VIEWS } from "./plan.mjs";
import { serve } from "./server.mjs";

/**
 * @typedef {import("@playwright/test").Page} Page
 * @typedef {import("@playwright/test").BrowserContext} BrowserContext
 * @typedef {import("./plan.mjs").View} View
 *
 * @typedef {object} Each What a test can ask for.
 * @property {string} address Where the test finds the book, without a slash at the end.
 * @property {{ problems: string[], deaf: boolean }} overheard What the test's page did that it should not.
 * @property {Page} tab A tab that goes from page to page, as a reader's does, and has axe: half the time of a new one for each test.
 * @property {(path: string) => Promise<void>} open Opens a page of the book in `page`, and waits until it is loaded.
 * @property {(path: string) => Promise<void>} visit The same in `tab`.
 *
 * @typedef {object} OfWorker What the tests of a worker share.
 * @property {View} view The window.
 * @property {string} served Where the book is served by itself, without a slash at the end.
 * @property {{ page: Page, hear: (problem: string) => void }} tour The tab, and the test that hears of its problems.
 */

/**
 * `wrong` hears of every console message, script error, failed and foreign request of the page.
 *
 * @param {Page} page
 * @param {string} address
 * @param {(problem: string) => void} wrong
 */
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
 * @param {BrowserContext} context
 * @param {View} view
 */
async function wearing(context, view) {
    await context.addInitScript((theme) => localStorage.setItem("mdbook-theme", theme), view.theme);
}

/**
 * @param {Page} page
 * @param {string} url
 */
async function go(page, url) {
    const response = await page.goto(url, { waitUntil: "load", timeout: 60_000 });
    expect.soft(response?.status(), `the status of ${url}`).toBe(200);
}

/** @type {import("@playwright/test").Fixtures<Each, OfWorker, import("@playwright/test").PlaywrightTestArgs & import("@playwright/test").PlaywrightTestOptions, import("@playwright/test").PlaywrightWorkerArgs & import("@playwright/test").PlaywrightWorkerOptions>} */
const fixtures = {
    view: [VIEWS[0], { option: true, scope: "worker" }],
    served: [async ({}, use) => {
        const { address, close } = await serve("");
        await use(address);
        close();
    }, { scope: "worker" }],
    address: async ({ served }, use) => use(served),
    overheard: async ({}, use) => {
        const overheard = { problems: [], deaf: false };
        await use(overheard);
        expect.soft(overheard.problems, "errors and warnings, failed and foreign requests").toEqual([]);
    },
    context: async ({ context, view }, use) => {
        await wearing(context, view);
        await use(context);
    },
    page: async ({ page, address, overheard }, use) => {
        watch(page, address, (problem) => overheard.deaf || overheard.problems.push(problem));
        await use(page);
    },
    open: async ({ page, address }, use) => {
        await use((path) => go(page, address + path));
    },
    tour: [async ({ browser, view, served }, use) => {
        const context = await browser.newContext({
            viewport: { width: view.width, height: view.height },
            permissions: ["clipboard-read", "clipboard-write"],
            reducedMotion: "reduce",
        });
        await context.addInitScript({ path: AXE });
        await wearing(context, view);
        context.setDefaultTimeout(30_000);
        const page = await context.newPage();
        const tour = { page, hear: (/** @type {string} */ _) => {} };
        watch(page, served, (problem) => tour.hear(problem));
        await use(tour);
        await context.close();
    }, { scope: "worker" }],
    tab: async ({ tour, overheard, view }, use) => {
        tour.hear = (problem) => overheard.problems.push(problem);
        // The test before this one may have changed the window.
        await tour.page.setViewportSize({ width: view.width, height: view.height });
        await use(tour.page);
    },
    visit: async ({ tab, served }, use) => {
        await use((path) => go(tab, served + path));
    },
};

export const test = base.extend(fixtures);

/**
 * Changes the theme as a reader does; whether the page has themes.
 *
 * @param {Page} page
 * @param {string} theme
 */
export async function wear(page, theme) {
    return page.evaluate((theme) => {
        const button = document.getElementById(`mdbook-theme-${theme}`);
        button?.click();
        return button !== null;
    }, theme);
}

/**
 * The page is not wider than the window.
 *
 * @param {Page} page
 * @param {string} [when] The state of the page, for the message.
 */
export async function fits(page, when = "") {
    const more = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.soft(more, `the page${when} is wider than the window, by so many pixels`).toBeLessThanOrEqual(1);
}

/**
 * Keeps a picture of the page, if pictures are asked for.
 *
 * @param {Page} page
 * @param {string} name
 * @param {View} view
 */
export async function picture(page, name, view) {
    if (plan.shots) await page.screenshot({ path: `${plan.shots}/${name}-${view.name}.png`, fullPage: true });
}

export { expect };
