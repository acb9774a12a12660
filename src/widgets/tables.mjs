// @ts-check
// Tables and bars of what is said of a module of the reader's own.

import { element, number } from "./elements.mjs";

export const counted = (/** @type {number} */ count, /** @type {string} */ what) => `${count === 0 ? "no" : number(count)} ${what}${count === 1 ? "" : "s"}`;

export const meter = (/** @type {number} */ part, /** @type {number} */ whole) => element("div", { className: "meter", attributes: { "aria-hidden": "true", style: `--part: ${whole > 0 ? 100 * part / whole : 0}%` } });

/**
 * @param {number} part
 * @param {number} whole
 */
function percent(part, whole) {
    const share = whole > 0 ? 100 * part / whole : 0;
    return share > 0 && share < 0.1 ? "<\u00a00.1\u00a0%" : `${share.toFixed(1)}\u00a0%`;
}

export const share = (/** @type {number} */ part, /** @type {number} */ whole) => element("div", { className: "share" }, element("span", {}, percent(part, whole)), meter(part, whole));

/**
 * A table; the columns of `numeric` are numbers.
 *
 * @param {string} name
 * @param {string[]} heads
 * @param {(string | HTMLElement)[][]} rows
 * @param {number[]} numeric
 */
export function table(name, heads, rows, numeric = [], className = "") {
    const cell = (/** @type {string | HTMLElement} */ content, /** @type {number} */ i) => element(i === 0 ? "th" : "td", { className: numeric.includes(i) ? "number" : "", ...(i === 0 ? { scope: "row" } : {}) }, content);
    return element("div", { className: `table-wrapper ${className}`, attributes: { role: "region", tabindex: "0", "aria-label": name } },
        element("table", {},
            element("thead", {}, element("tr", {}, heads.map((head, i) => element("th", { scope: "col", className: numeric.includes(i) ? "number" : "" }, head)))),
            element("tbody", {}, rows.map((row) => element("tr", {}, row.map(cell))))));
}

/**
 * Something that is only made when it is unfolded: a module may export thousands of things.
 *
 * @param {string} summary
 * @param {() => HTMLElement} make
 */
export function folded(summary, make) {
    const fold = element("details", {}, element("summary", {}, summary));
    fold.addEventListener("toggle", () => {
        if (fold.open && fold.children.length === 1) fold.append(make());
    });
    return fold;
}
