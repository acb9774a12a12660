// @ts-check
// Small helpers for what is built in the page.

import { root } from "./page.mjs";

/** @typedef {Node | string | null | undefined} Child */

/**
 * An element with its properties, attributes (under `attributes`), data and children. Text is text, never HTML.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<Omit<HTMLElementTagNameMap[Tag], "attributes">> & { attributes?: Record<string, string> }} properties
 * @param {(Child | Child[])[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, { attributes = {}, ...properties } = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children.flat().filter((child) => child !== undefined && child !== null));
    return made;
}

/** @type {Promise<unknown> | undefined} */
let styles;

/** Loads the style sheet of all this, once. Promises that it is there, or that it will not come. */
export function styled() {
    styles ??= new Promise((done) => {
        // The page for a module of one's own has brought it along.
        if (document.querySelector('link[href$="/widgets/widgets.css"]')) return done(undefined);
        const link = element("link", { rel: "stylesheet", href: new URL("widgets/widgets.css", root).href });
        link.onload = link.onerror = done;
        document.head.append(link);
        return undefined;
    });
    return styles;
}

/** A number as the book writes it: 2,167,561. @param {number} value */
export const number = (value) => value.toLocaleString("en");

/** A size as the book writes it: 97 bytes. @param {number} bytes */
export const size = (bytes) => `${number(bytes)} ${bytes === 1 ? "byte" : "bytes"}`;

/** Two hexadecimal digits. @param {number} byte */
export const hex = (byte) => byte.toString(16).padStart(2, "0");

/** The hues of the sections, in degrees, so that a section has the same colour wherever it is shown. @type {Record<string, number>} */
const HUES = {
    "type": 215, "import": 280, "function": 185, "table": 25, "memory": 160, "tag": 300, "global": 45, "export": 335, "start": 0,
    "element": 15, "data count": 75, "code": 245, "data": 100,
    "core module": 205, "core instance": 240, "core type": 225, "component": 310, "instance": 140, "alias": 60, "canon": 20, "value": 120,
};

/**
 * The classes and style of what belongs to a section. A name may say of which module: `core module 0: type`.
 *
 * @param {string} section
 * @returns {{ className: string, attributes?: { style: string } }}
 */
export function colour(section) {
    const hue = HUES[section.split(": ").at(-1) ?? ""];
    return hue === undefined ? { className: "tint plain" } : { className: "tint", attributes: { style: `--hue: ${hue}` } };
}

/** Text with `code` in backticks, as nodes. @param {string} text */
export function prose(text) {
    return text.split("`").map((part, i) => (i % 2 === 0 ? part : element("code", {}, part)));
}

/**
 * Moves the focus among elements by keys, so that all of them together are one stop of the Tab key: `move(key, i)` answers with the
 * number of the element that a key leads to, or undefined if it leads nowhere.
 *
 * @param {HTMLElement} container
 * @param {HTMLElement[]} items
 * @param {(key: string, i: number) => number | undefined} move
 * @param {(i: number) => void} focused
 */
export function roving(container, items, move, focused) {
    let current = 0;
    const focus = (/** @type {number} */ i, visibly = true) => {
        items[current].tabIndex = -1;
        current = i;
        items[i].tabIndex = 0;
        focused(i);
        if (visibly) items[i].focus({ preventScroll: within(items[i], container) });
    };
    for (const item of items) item.tabIndex = -1;
    if (items.length > 0) items[0].tabIndex = 0;
    container.addEventListener("keydown", (event) => {
        if (event.altKey || event.metaKey || !items.some((item) => item === document.activeElement)) return;
        const to = move(event.ctrlKey ? `Control+${event.key}` : event.key, current);
        if (to === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        focus(Math.max(0, Math.min(items.length - 1, to)));
    });
    return { focus, current: () => current };
}

/** The arrow keys turn the pages of a book by mdBook. Not from here: `box` has uses of its own for them, or none. @param {HTMLElement} box */
export function keepArrows(box) {
    box.addEventListener("keydown", (event) => {
        if (event.key.startsWith("Arrow")) event.stopPropagation();
    });
}

/**
 * Scrolls a box, and nothing around it, until the element in it is seen. Answers whether the window shows it too.
 *
 * @param {Element} item
 * @param {Element} box
 */
export function within(item, box) {
    const [inner, outer] = [item.getBoundingClientRect(), box.getBoundingClientRect()];
    const edge = Number.parseFloat(getComputedStyle(box).scrollPaddingTop) || 0;
    if (inner.top < outer.top + edge) box.scrollTop -= outer.top + edge - inner.top;
    else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 2;
    const now = item.getBoundingClientRect();
    return now.top >= 0 && now.bottom <= window.innerHeight;
}
