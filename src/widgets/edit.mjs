// @ts-check
// The editor on the pages of modules that are written as text: what is typed is assembled, taken apart and run as you type.

import { assemble, inspect, look } from "./instrument.mjs";
import { askedOf, bytesOf, fromHex, linkTo, packed, unpackedText } from "./page.mjs";
import { runModule, told } from "./run.mjs";
import { element, keepArrows, number, size, styled } from "./elements.mjs";
import { byteView, legend } from "./byte-view.mjs";

/** How long a pause in typing is, in milliseconds; and one after which it is worth being said aloud. */
const [PAUSE, REST] = [120, 1200];

/** Modules of up to this many bytes are shown byte by byte. */
const SMALL = 1024;

/** Longer texts are not looked at, in characters: the longest of the book has some hundred. */
const LONGEST = 1_000_000;

/**
 * The types of preview 1's functions, as the instrument writes them. A test compares the file with the record of the floor.
 *
 * @type {Promise<Record<string, string>>}
 */
const PREVIEW_1 = fetch(new URL("preview1.json", import.meta.url)).then((response) => {
    if (!response.ok) throw new Error(`preview1.json: the server answers with ${response.status}`);
    return response.json();
});
// The code that waits for it hears of an error.
PREVIEW_1.catch(() => {});

/** The smallest module there is, a header and nothing else. */
const FLOOR = 8;

/**
 * Called by theme/widgets.js when the button is pressed: builds the editor, and from then on hides and shows it.
 *
 * @param {HTMLElement} block
 * @param {HTMLElement} output
 */
export default async function (block, output) {
    const button = block.querySelector("button.edit");
    let shown = /** @type {HTMLElement | null} */ (output.firstElementChild);
    if (shown?.classList.contains("editor")) {
        shown.hidden = !shown.hidden;
    } else {
        output.textContent = "Fetching the assembler…";
        // The page's own module says in this browser what an edited one has to say. The rest is fetched meanwhile.
        const bytes = await bytesOf(block);
        const guest = guestOf(block);
        const [wanted, own] = await Promise.all([runModule(bytes, guest), assemble(block.dataset.wat ?? ""), styled()]);
        const made = editor(block, { bytes, guest, wanted, own: own.bytes ? own.bytes.length / 2 : undefined });
        shown = made.element;
        output.replaceChildren(shown);
        const asked = askedOf(block, "edit");
        made.start(asked === undefined ? undefined : await unpackedText(asked));
    }
    button?.setAttribute("aria-expanded", String(!shown.hidden));
}

/**
 * What the guest finds, and what is called, as the block says.
 *
 * @param {HTMLElement} block
 */
function guestOf(block) {
    const { guest, calls } = block.dataset;
    /** @type {{ call: string }[]} */
    const called = calls ? JSON.parse(calls) : [];
    return { ...(guest ? JSON.parse(guest) : {}), ...(calls ? { calls: called.map(({ call }) => call) } : {}) };
}

/**
 * `own`: how many bytes this assembler makes of the page's own text. Another one may have made more of it.
 *
 * @param {HTMLElement} block
 * @param {{ bytes: Uint8Array, guest: Guest & { calls?: string[] }, wanted: AnyRun, own?: number }} page
 */
function editor(block, { bytes: original, guest, wanted, own = original.length }) {
    const { step = "", wat = "", rules, ledger, par } = block.dataset;
    const best = keeper(rules ? `${step}, by the rules` : step);
    const limit = Math.min(original.length, own);
    const goal = limit > FLOOR;

    const area = element("textarea", {
        value: wat, spellcheck: false, wrap: "off", rows: Math.min(24, wat.split("\n").length + 1),
        attributes: { autocapitalize: "off", autocomplete: "off", autocorrect: "off" },
    });
    const numbers = element("pre", { className: "line-numbers", attributes: { "aria-hidden": "true" } });
    const band = element("div", { className: "band", hidden: true });
    const field = element("div", { className: "field" }, element("div", { className: "behind", attributes: { "aria-hidden": "true" } }, band, numbers), area);
    const title = element("label", {}, "The module as text");
    title.htmlFor = area.id = `edit-${step.replaceAll("/", "-")}`;
    const weight = element("p", { className: "weight" });
    const verdict = element("p", { className: "verdict" });
    const ran = element("p", { className: "ran" });
    const printed = element("pre", { className: "printed", hidden: true, tabIndex: 0, attributes: { role: "group", "aria-label": "What it printed" } });
    const reached = element("p", { className: "reached" });
    const aloud = element("p", { className: "unseen", attributes: { role: "status" } });
    const toPage = element("button", { type: "button" }, "Back to the page’s text");
    const toBest = element("button", { type: "button", hidden: true }, "Back to my best");
    const toThis = element("a", { className: "edit-link", href: "#" }, "A link to this text");
    const place = element("div", { className: "edit-bytes" });
    // Each version that is smaller than all before, and does the same: where a page asks for the way down and not for its end only.
    const cuts = element("ol", { className: "cuts", hidden: true });
    let least = limit;
    const before = element("p", { className: "note", hidden: true }, "Below is still the last text that was a module.");

    const ending = says(wanted);
    const task = goal
        ? `Make it smaller than ${size(limit)}, so that it still ${ending}${rules ? ", by the book’s rules" : ""}.`
            + (par ? ` Par is ${number(Number(par))}.` : "")
            + (own === original.length ? "" : ` (The page’s module has ${number(original.length)}: another assembler made it, and this one makes ${number(own)} of the same text.)`)
        : `It has ${size(original.length)}, and no module has fewer. There is nothing to win here, but much to try.`;
    const all = element("div", { className: "editor" },
        element("p", { className: "goal" }, task),
        title, field,
        element("div", { className: "edit-buttons" }, toPage, toBest, toThis),
        element("div", { className: "answers" }, weight, verdict, ran, printed, reached), cuts, aloud, before, place);

    keepArrows(all);
    // What is typed is text, and no shortcut of the book's.
    area.addEventListener("keydown", (event) => {
        if (event.key !== "Tab") event.stopPropagation();
    });

    // What was found of the last text that could be assembled.
    /** @type {Assembled["places"]} */
    let places = [];
    /** @type {ReturnType<typeof byteView> | undefined} */
    let view;
    let shown = ""; // its bytes, in hexadecimal
    /** @type {{ bytes: string, result: AnyRun } | undefined} */
    let outcome; // what running them gave
    /** @type {number | undefined} */
    let wrongLine;

    /**
     * Sets a band behind a line, counted from 1, and scrolls the text in its own box until it is seen.
     *
     * @param {number | undefined} line
     */
    function lightLine(line, { wrong = false, scroll = true } = {}) {
        band.hidden = line === undefined;
        if (line === undefined) return;
        const height = Number.parseFloat(getComputedStyle(area).lineHeight);
        const top = Number.parseFloat(getComputedStyle(area).paddingTop) + (line - 1) * height;
        band.className = wrong ? "band wrong" : "band";
        band.style.setProperty("--top", `${top}px`);
        band.style.height = `${height}px`;
        if (!scroll) return;
        if (top < area.scrollTop) area.scrollTop = top - height;
        else if (top + height > area.scrollTop + area.clientHeight) area.scrollTop = top + 2 * height - area.clientHeight;
    }
    const scrolled = () => all.style.setProperty("--scrolled", `${-area.scrollTop}px`);
    area.addEventListener("scroll", scrolled);

    /** The place in the text that a byte comes from: the last one that is not behind it. */
    const placeOf = (/** @type {number} */ offset) => places.findLast(([from]) => from <= offset);

    /** Where a line and a column, from 1, are in the text. Columns are counted in characters, and JavaScript counts otherwise. */
    const indexOf = (/** @type {number} */ line, /** @type {number} */ column) => {
        const rows = area.value.split("\n");
        const before = rows.slice(0, line - 1).reduce((sum, row) => sum + row.length + 1, 0);
        return Math.min(area.value.length, before + [...(rows[line - 1] ?? "")].slice(0, column - 1).join("").length);
    };

    /**
     * @param {number} line
     * @param {number} column
     */
    function jump(line, column) {
        const from = indexOf(line, column);
        area.focus();
        // A word of the text, or at least one character.
        const word = /^(?:[\w$.:-]+|"[^"\n]*"?|[^\s])/.exec(area.value.slice(from, from + 200))?.[0].length ?? 1;
        area.setSelectionRange(from, Math.min(area.value.length, from + word));
        lightLine(line, { wrong: true });
    }

    /**
     * An error, and a button that leads to it.
     *
     * @param {string} what
     * @param {{ line?: number, column?: number, message: string }} mistake
     */
    function wrong(what, { line, column, message }) {
        verdict.className = "verdict wrong";
        if (line === undefined || column === undefined) return verdict.replaceChildren(element("b", {}, what), ` ${message}`);
        wrongLine = line;
        const there = element("button", { type: "button" }, `line ${line}, column ${column}`);
        there.addEventListener("click", () => jump(line, column));
        lightLine(line, { wrong: true, scroll: false });
        return verdict.replaceChildren(element("b", {}, what), " ", there, `: ${message}`);
    }

    /** What the caret's line has become. */
    function follow() {
        const line = area.value.slice(0, area.selectionStart).split("\n").length;
        if (view && !stale() && wrongLine === undefined) {
            lightLine(line, { scroll: false });
            view.mark(...bytesOfLine(line));
        }
    }
    /** @returns {[from: number, to: number]} */
    const bytesOfLine = (/** @type {number} */ line) => {
        const first = places.findIndex(([, where]) => where === line);
        if (first < 0) return [0, 0];
        const after = places.slice(first).find(([, where]) => where !== line);
        return [places[first][0], after ? after[0] : shown.length / 2];
    };
    const stale = () => place.classList.contains("stale");
    const age = (/** @type {boolean} */ old) => {
        place.classList.toggle("stale", old);
        before.hidden = !old || !place.firstChild;
    };

    /** Looks at the text as it stands now, and says everything about it. */
    async function check() {
        const text = area.value;
        if (text.length > LONGEST) {
            age(true);
            return wrong("Too long.", { message: `texts of more than ${number(LONGEST)} characters are not looked at here` });
        }
        const answer = await assemble(text);
        if (area.value !== text) return undefined;
        wrongLine = undefined;
        ran.replaceChildren();
        printed.hidden = true;
        reached.replaceChildren();
        reached.className = "reached";
        band.hidden = true;
        if (answer.error) {
            age(true);
            weight.textContent = "No module.";
            return wrong("It cannot be assembled:", answer.error);
        }
        const bytes = fromHex(answer.bytes);
        ({ places } = answer);
        const fewer = original.length - bytes.length;
        weight.replaceChildren(element("b", {}, size(bytes.length)), fewer === 0 ? ", as many as the page’s."
            : `, ${number(Math.abs(fewer))} ${fewer > 0 ? "fewer" : "more"} than the page’s ${number(original.length)}.`);

        const { inspection, error } = await inspect(bytes);
        if (area.value !== text) return undefined;
        if (inspection?.kind === "component") return wrong("A component.", { message: "browsers run modules only, and so does this page" });
        await draw(bytes, answer.bytes, inspection);
        if (area.value !== text) return undefined;
        const invalid = error ?? inspection?.invalid;
        if (invalid) {
            const [, line, column] = placeOf(invalid.offset) ?? [];
            return wrong("No engine will take it:", { line, column, message: `${invalid.message} (at offset ${invalid.offset})` });
        }
        verdict.className = "verdict fine";
        verdict.replaceChildren("It is valid.");
        if (outcome?.bytes !== answer.bytes) {
            ran.replaceChildren("Running…");
            const result = await runModule(bytes, guest);
            outcome = { bytes: answer.bytes, result };
            if (area.value !== text) return undefined;
        }
        const broken = rules ? await against(inspection, outcome.result) : [];
        if (area.value === text) judge(text, bytes.length, outcome.result, broken);
        return undefined;
    }

    /**
     * The bytes, one by one, or at least the sections.
     *
     * @param {Uint8Array} bytes
     * @param {string} inHex
     * @param {Inspection | undefined} inspection
     */
    async function draw(bytes, inHex, inspection) {
        age(false);
        if (inHex === shown) return;
        const answer = bytes.length <= SMALL ? await look(bytes) : undefined;
        shown = inHex;
        if (!answer || answer.error) {
            view = undefined;
            place.replaceChildren(legend(inspection?.sections ?? []),
                element("p", { className: "note" }, `Modules of up to ${number(SMALL)} bytes are shown byte by byte.`));
            return;
        }
        view = byteView(bytes, answer, {
            text: false,
            chosen: (offset) => {
                if (!stale() && wrongLine === undefined) lightLine(placeOf(offset)?.[1]);
            },
        });
        place.replaceChildren(view.element);
        view.start();
    }

    /**
     * @param {string} text
     * @param {number} length
     * @param {AnyRun} result
     * @param {string[]} broken The rules that it breaks.
     */
    function judge(text, length, result, broken) {
        const same = alike(result, wanted);
        ran.replaceChildren("In this browser it ", element("b", {}, says(result)), same ? ", as the page’s does." : ", and the page’s does not.");
        const output = [result.stdout, result.stderr].filter(Boolean).join("");
        printed.hidden = output === "";
        printed.textContent = output;
        if (!goal || !same) return;
        if (broken.length > 0) {
            reached.replaceChildren(element("b", {}, "Against the rules:"), ` ${broken.join("; ")}.`);
            return;
        }
        if (length >= limit) {
            reached.replaceChildren("To the goal: fewer bytes.");
            return;
        }
        reached.className = "reached yes";
        if (ledger && length < least) {
            cuts.append(element("li", {}, element("b", {}, size(length)), `, ${number(least - length)} fewer: it still ${says(result)}`));
            cuts.hidden = false;
            least = length;
        }
        const golf = par ? ` ${beside(length - Number(par))}` : "";
        const record = best.get();
        if (!record || length < record.size) {
            const kept = best.set({ size: length, text });
            reached.replaceChildren(element("b", {}, "Goal reached:"), ` ${size(length)}, your best so far${kept ? ", kept in this browser" : ""}.${golf}`);
            document.dispatchEvent(new CustomEvent("best"));
        } else {
            reached.replaceChildren(element("b", {}, "Goal reached:"), ` ${size(length)}. Your best is ${number(record.size)}.${golf}`);
        }
        offerBest();
    }

    function offerBest() {
        const record = best.get();
        toBest.hidden = !record;
        if (record) toBest.textContent = `Back to my best, ${size(record.size)}`;
    }

    // One look at a time, however fast the typing: what has been typed meanwhile is looked at next.
    let busy = false;
    let again = false;
    let resting = 0;
    async function update() {
        if (busy) {
            again = true;
            return;
        }
        busy = true;
        all.setAttribute("aria-busy", "true");
        do {
            again = false;
            try {
                await check();
            } catch (error) {
                age(true);
                weight.textContent = "";
                ran.replaceChildren();
                wrong("No answer:", { message: /** @type {Error} */ (error).message });
            }
        } while (again);
        busy = false;
        all.setAttribute("aria-busy", "false");
        clearTimeout(resting);
        toThis.href = linkTo(block, "edit", await packed(area.value));
        resting = window.setTimeout(() => {
            aloud.textContent = [weight, verdict, ran, reached].map((part) => part.textContent).filter(Boolean).join(" ");
        }, REST);
    }

    const countLines = () => {
        const lines = Math.min(area.value.split("\n").length, 10_000);
        if (numbers.dataset.lines === String(lines)) return;
        numbers.dataset.lines = String(lines);
        numbers.textContent = Array.from({ length: lines }, (_, i) => i + 1).join("\n");
    };

    let pause = 0;
    area.addEventListener("input", () => {
        all.setAttribute("aria-busy", "true");
        countLines();
        clearTimeout(pause);
        pause = window.setTimeout(update, PAUSE);
    });
    for (const event of ["keyup", "click"]) area.addEventListener(event, () => {
        if (all.getAttribute("aria-busy") !== "true") follow();
    });

    /** Another text, in a way that can be undone where the browser knows one. @param {string} text */
    function replace(text) {
        area.focus();
        area.select();
        if (!document.execCommand?.("insertText", false, text) || area.value !== text) {
            area.value = text;
            area.dispatchEvent(new Event("input"));
        }
        area.setSelectionRange(0, 0);
        area.scrollTop = 0;
    }
    toPage.addEventListener("click", () => replace(wat));
    toBest.addEventListener("click", () => replace(best.get()?.text ?? wat));

    return {
        element: all,
        start: (/** @type {string | undefined} */ text) => {
            if (text !== undefined) area.value = text;
            countLines();
            offerBest();
            update();
        },
    };
}

/**
 * Which of the rules of the game a module breaks that ends as it should. This page's host is one of those that do not look.
 *
 * @param {Inspection | undefined} inspection
 * @param {AnyRun} result
 */
async function against(inspection, result) {
    const types = await PREVIEW_1;
    const broken = [];
    const offers = (/** @type {string} */ name, /** @type {RegExp} */ kind) => inspection?.exports.some((one) => one.name === name && kind.test(one.kind));
    if (!offers("memory", /^memory/)) broken.push("a command exports its memory as memory");
    if (!offers("_start", /^func$/)) broken.push("a command exports a function _start, without parameters and results");
    for (const { module, name, kind } of inspection?.imports ?? []) {
        if (module === "wasi_snapshot_preview1" && types[name] && kind !== types[name]) broken.push(`in WASI, ${name} is a ${types[name]}, and not a ${kind}`);
    }
    if (!result.calls_wasi) broken.push("it never calls WASI");
    return broken;
}

/**
 * How a size does beside par.
 *
 * @param {number} more
 */
function beside(more) {
    if (more === 0) return "That is par.";
    return more > 0 ? `That is ${more} over par.` : `That is ${-more} under par. The book does not know this one: please report it.`;
}

/**
 * How a run ended, in one clause.
 *
 * @param {AnyRun} result
 * @returns {string}
 */
function says(result) {
    if (result.calls) return `answers: ${result.calls.map((one) => `${one.call} gives ${told(one)}`).join("; ")}`;
    if (result.exports) return `is ${told(result)}`;
    const printed = [result.stdout, result.stderr].some(Boolean) ? ", and prints what it prints" : "";
    /** @type {Partial<Record<Ended["outcome"], string>>} */
    const endings = {
        returned: "returns from _start",
        exited: `exits with code ${result.code}`,
        stopped: `does not end, and is stopped ${result.reason}`,
        trapped: `traps (${result.reason})`,
        refused: `is refused (${result.reason})`,
    };
    return (endings[result.outcome] ?? told(result)) + printed;
}

/**
 * Whether two runs are the same to who looks at them from outside. Error texts are the browser's, and may differ in a name.
 *
 * @param {AnyRun} one
 * @param {AnyRun} other
 */
function alike(one, other) {
    const calls = (/** @type {AnyRun} */ { calls }) => calls?.map((call) => [call.call, call.outcome, call.values?.join()].join()).join();
    const exported = (/** @type {AnyRun} */ { exports }) => exports?.map(String).sort().join();
    return /** @type {const} */ (["outcome", "code", "stdout", "stderr"]).every((key) => (one[key] ?? "") === (other[key] ?? ""))
        && calls(one) === calls(other) && exported(one) === exported(other);
}

/**
 * Keeps the best text of a step in the browser; where the browser keeps nothing, at least as long as the page is open.
 *
 * @param {string} step
 */
function keeper(step) {
    const key = `best:${step}`;
    /** @type {{ size: number, text: string } | undefined} */
    let record;
    try {
        const kept = JSON.parse(localStorage.getItem(key) ?? "null");
        if (typeof kept?.text === "string" && Number.isInteger(kept.size)) record = kept;
    } catch {
        // It may be forbidden, or hold something that is not ours.
    }
    return {
        get: () => record,
        set: (/** @type {{ size: number, text: string }} */ better) => {
            record = better;
            try {
                localStorage.setItem(key, JSON.stringify(better));
                return true;
            } catch {
                return false;
            }
        },
    };
}
