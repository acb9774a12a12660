// @ts-check
// What `cargo xtask browse` asks for: a file of JSON, whose name is in the variable BROWSE.

import { readFileSync } from "node:fs";

/**
 * @typedef {object} Plan
 * @property {string} chromium The browser's file.
 * @property {string} folder The built book.
 * @property {string | null} shots A folder for pictures.
 * @property {boolean} filtered Whether only some pages are asked for.
 * @property {string[]} pages Their paths, each with a slash at the beginning.
 */

const { BROWSE: file } = process.env;
if (!file) throw new Error("these tests are started by `cargo xtask browse`");

/** @type {Plan} */
export const plan = JSON.parse(readFileSync(file, "utf8"));

/**
 * The windows in which pages are seen, each a project of Playwright's. Colours do not depend on the window, so each theme is in one.
 *
 * @typedef {{ name: string, width: number, height: number, theme: string }} View
 * @type {View[]}
 */
export const VIEWS = [
    { name: "desktop-light", width: 1280, height: 900, theme: "light" },
    { name: "phone-dark", width: 390, height: 844, theme: "navy" },
];

export const RUN = "/1-two-megabytes-to-97/17-ninety-seven.html";
export const OWN = "/5-below-across-beyond/your-module.html";

/**
 * Those of the paths that are asked for. When all pages are, a path that is no page of the book is an error.
 *
 * @param {string[]} paths
 */
export function chosen(paths) {
    const lost = plan.filtered ? [] : paths.filter((path) => !plan.pages.includes(path));
    if (lost.length > 0) throw new Error(`the book has no page ${lost.join(", ")}`);
    return paths.filter((path) => plan.pages.includes(path));
}

/**
 * The pages asked for, without the page for printing and pages of a step's own, whose HTML contains `text`. The whole book has some.
 *
 * @param {RegExp} text
 */
export function containing(text) {
    const found = plan.pages.filter((path) => !path.endsWith("/print.html") && !path.startsWith("/own/")
        && text.test(readFileSync(`${plan.folder}${path === "/" ? "/index.html" : path}`, "utf8")));
    if (found.length === 0 && !plan.filtered) throw new Error(`no page contains ${text}`);
    return found;
}
