// @ts-check
// The way down on the book's first page: one module at a time, drawn to scale below the one before.

import { colour, element, number, size } from "./elements.mjs";

/** @typedef {{ title: string, href: string, size: number, sections: [string, number][], bytes: string | null }} Stage */

/** How long a step stays when the walk goes on by itself, in milliseconds. */
const PAUSE = 2200;

/**
 * Called by theme/widgets.js when the page is loaded: puts the walk in the place of the list, which theme/book.css hides.
 *
 * @param {HTMLElement} block
 */
export default function (block) {
    /** @type {Stage[]} */
    const stages = JSON.parse(block.dataset.steps ?? "[]");
    const told = element("p", { className: "walk-told", attributes: { role: "status" } });
    const before = element("div", { className: "walk-row" });
    const now = element("div", { className: "walk-row" });
    const cells = element("div", { className: "walk-bytes", attributes: { "aria-hidden": "true" } });
    const slider = element("input", { type: "range", min: "0", max: String(stages.length - 1), value: "0", attributes: { "aria-label": "The step" } });
    const play = element("button", { type: "button" }, "Walk down");
    const back = element("button", { type: "button" }, "Back");
    const next = element("button", { type: "button" }, "Next");
    let timer = 0;

    const bar = (/** @type {Stage} */ stage, /** @type {number} */ whole) => {
        const pieces = stage.sections.map(([name, bytes]) => {
            const { className, attributes } = colour(name);
            return element("span", { className, title: `${name}: ${size(bytes)}`, attributes: { style: `${attributes?.style ?? ""}; flex-grow: ${bytes}` } });
        });
        return element("div", { className: "walk-bar", attributes: { style: `width: ${(100 * stage.size) / whole}%`, "aria-hidden": "true" } }, ...pieces);
    };

    /** @param {number} at */
    function show(at) {
        const stage = stages[at];
        const former = stages[at - 1];
        const whole = Math.max(stage.size, former?.size ?? 0);
        slider.value = String(at);
        slider.setAttribute("aria-valuetext", `${stage.title}, ${size(stage.size)}`);
        told.replaceChildren(element("b", {}, size(stage.size)), " ", element("a", { href: stage.href }, stage.title),
            former && former.size > stage.size ? `: ${number(former.size - stage.size)} fewer` : "");
        before.replaceChildren(element("span", { className: "walk-of" }, former ? `before: ${size(former.size)}` : "the start"), bar(former ?? stage, whole));
        const drawn = bar(stage, whole);
        now.replaceChildren(element("span", { className: "walk-of" }, `now: ${size(stage.size)}`), drawn);
        if (former && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
            drawn.animate([{ width: `${(100 * former.size) / whole}%` }, { width: drawn.style.width }], { duration: 700, easing: "ease-in-out" });
        }
        cells.replaceChildren(...bytes(stage));
        back.ariaDisabled = String(at === 0);
        next.ariaDisabled = String(at === stages.length - 1);
    }

    const go = (/** @type {number} */ by) => show(Math.max(0, Math.min(stages.length - 1, Number(slider.value) + by)));
    const stop = () => {
        clearInterval(timer);
        timer = 0;
        play.textContent = "Walk down";
    };
    play.addEventListener("click", () => {
        if (timer) {
            stop();
            return;
        }
        play.textContent = "Stop";
        show(0);
        timer = window.setInterval(() => {
            go(1);
            if (Number(slider.value) === stages.length - 1) stop();
        }, PAUSE);
    });
    for (const [button, by] of /** @type {const} */ ([[back, -1], [next, 1]])) {
        button.addEventListener("click", () => {
            stop();
            go(by);
        });
    }
    slider.addEventListener("input", () => {
        stop();
        show(Number(slider.value));
    });
    // The list stays: it is what is printed.
    block.append(told, before, now, cells, element("div", { className: "walk-buttons" }, play, back, next, slider));
    show(0);
}

/**
 * Each byte of a small module, in the colour of its section.
 *
 * @param {Stage} stage
 */
function bytes({ bytes, sections }) {
    const all = bytes?.match(/../g) ?? [];
    let at = 0;
    return sections.flatMap(([name, length]) => {
        const { className, attributes } = colour(name);
        const own = all.slice(at, at + length);
        at += length;
        return own.map((byte) => element("span", { className, attributes }, byte));
    });
}
