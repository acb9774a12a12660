// @ts-check
// The bytes of a small module, each with its section, its meaning and its value, and the line of text that it belongs to.

import { look } from "./instrument.mjs";
import { askedOf, bytesOf, linkTo } from "./page.mjs";
import { colour, element, hex, keepArrows, number, roving, size, styled, within } from "./elements.mjs";

/**
 * Called by theme/widgets.js when the button is pressed: builds the view, and from then on hides and shows it.
 *
 * @param {HTMLElement} block
 * @param {HTMLElement} output
 */
export default async function (block, output) {
    const button = block.querySelector("button.look");
    let shown = /** @type {HTMLElement | null} */ (output.firstElementChild);
    if (shown?.classList.contains("look-inside")) {
        shown.hidden = !shown.hidden;
    } else {
        output.textContent = "Fetching the instrument…";
        const bytes = await bytesOf(block);
        const [answer] = await Promise.all([look(bytes), styled()]);
        if (answer.error) throw new Error(`${answer.error.message} (at offset ${answer.error.offset})`);
        const view = byteView(bytes, answer, { link: (offset) => linkTo(block, "byte", offset) });
        shown = view.element;
        output.replaceChildren(shown);
        const asked = Number(askedOf(block, "byte"));
        view.start(Number.isInteger(asked) && asked > 0 && asked < bytes.length ? asked : 0);
    }
    button?.setAttribute("aria-expanded", String(!shown.hidden));
}

/** What the last four bytes of the header say: the layer, after the version. @param {Uint8Array} bytes */
const isComponent = (bytes) => bytes[6] === 1;

/**
 * Builds the view of a module's bytes from what the instrument says of them.
 *
 * `text`: whether the module's text stands in it. `chosen(offset)` is called when a byte has been chosen. `link(offset)` gives the address of
 * a byte, if it has one.
 * Returns `{ element, start, mark }`: `start()` shows the first byte, or another one, once the element is in the page; `mark(from, to)` marks some bytes.
 *
 * @param {Uint8Array} bytes
 * @param {Look} answer
 * @param {{ text?: boolean, chosen?: (offset: number) => void, link?: (offset: number) => string }} options
 */
export function byteView(bytes, { spans, lines, unprinted }, { text = true, chosen = () => {}, link } = {}) {
    const detail = element("div", { className: "byte-detail", attributes: { "aria-live": "polite", "aria-atomic": "true" } });
    const written = text && lines.length > 0 ? writtenDown(lines, markLine) : undefined;
    /** @type {number[]} */
    const spanOf = []; // by offset, the number of the span
    for (const [i, span] of spans.entries()) spanOf.push(...span.bytes.map(() => i));
    const lineOf = linesOf(spans, lines);

    const narrow = matchMedia("(max-width: 600px)");
    const box = element("div", { className: "byte-box" });
    /** @type {HTMLElement[]} */
    let marked = [];
    const draw = () => {
        const drawn = byteGrid(bytes, spans, spanOf, narrow.matches ? 8 : 16, box, { focused, hovered });
        box.replaceChildren(drawn.element);
        return drawn;
    };
    let grid = draw();
    narrow.addEventListener("change", () => {
        if (!box.isConnected) return;
        const at = grid.current();
        grid = draw();
        focused(at);
    });

    /** The byte at this offset is what all the rest shows. @param {number} offset */
    function show(offset) {
        const i = spanOf[offset];
        const { offset: from, bytes: { length } } = spans[i];
        markBytes(from, from + length, "in-span");
        for (const cell of box.querySelectorAll(".here")) cell.classList.remove("here");
        grid.cells[offset].classList.add("here");
        detail.replaceChildren(...described(bytes, spans[i], offset));
        if (link) detail.append(element("p", {}, element("a", { href: link(offset) }, "A link to this byte")));
        written?.light(lineOf[i]);
    }

    /** @param {number} offset */
    function focused(offset) {
        show(offset);
        chosen(offset);
    }

    /** A look in passing: what is left shows the chosen one again. @param {number} [offset] */
    function hovered(offset) {
        show(offset ?? grid.current());
    }

    /**
     * @param {number} from
     * @param {number} to
     * @param {string} how
     */
    function markBytes(from, to, how) {
        for (const cell of marked) cell.classList.remove("in-span", "in-line");
        marked = grid.cells.slice(from, to);
        for (const cell of marked) cell.classList.add(how);
    }

    /** All bytes that a line stands for. @param {number} line */
    function markLine(line) {
        const mine = [...spans.keys()].filter((i) => lineOf[i] === line);
        const cells = mine.flatMap((i) => grid.cells.slice(spans[i].offset, spans[i].offset + spans[i].bytes.length));
        if (mine.length === 0) {
            markBytes(0, 0, "in-line");
            for (const cell of box.querySelectorAll(".here")) cell.classList.remove("here");
            detail.replaceChildren(element("p", { className: "what" }, "No bytes of its own"),
                element("p", {}, "This line is there for the reader."));
            return;
        }
        grid.focus(spans[mine[0]].offset, false);
        markBytes(0, 0, "in-line");
        marked = cells;
        for (const cell of cells) cell.classList.add("in-line");
        within(cells[cells.length - 1], box);
        within(cells[0], box);
    }

    const bytesAndMore = element("div", { className: "byte-view" },
        element("div", { className: "bytes-and-detail" }, box, detail),
        written?.element,
        text && unprinted ? element("p", { className: "note" }, isComponent(bytes)
            ? "The instrument was built without the text of components, to be smaller." : `It cannot be written down as text: ${unprinted}`) : undefined);
    const table = element("div", { className: "span-table", hidden: true });
    const asTable = element("button", { type: "button", className: "as-table", attributes: { "aria-pressed": "false" } }, "As a table");
    asTable.addEventListener("click", () => {
        const on = asTable.getAttribute("aria-pressed") !== "true";
        asTable.setAttribute("aria-pressed", String(on));
        if (on && !table.firstChild) table.append(spanTable(spans));
        table.hidden = !on;
        bytesAndMore.hidden = on;
    });

    const all = element("div", { className: "look-inside" },
        element("div", { className: "look-head" }, legend(sectionsOf(spans)), asTable), bytesAndMore, table);
    keepArrows(all);
    return {
        element: all,
        start: (from = 0) => {
            if (from > 0) grid.focus(from);
            else show(0);
        },
        mark: (/** @type {number} */ from, /** @type {number} */ to) => {
            markBytes(from, to, "in-line");
            if (to > from) within(grid.cells[from], box);
        },
    };
}

/**
 * The bytes in rows: a grid in which the arrow keys move, one stop of the Tab key.
 *
 * @param {Uint8Array} bytes
 * @param {Span[]} spans
 * @param {number[]} spanOf
 * @param {number} width
 * @param {HTMLElement} box
 * @param {{ focused: (offset: number) => void, hovered: (offset?: number) => void }} heard
 */
function byteGrid(bytes, spans, spanOf, width, box, { focused, hovered }) {
    /** @type {HTMLTableCellElement[]} */
    const cells = [];
    /** @type {HTMLTableRowElement[]} */
    const rows = [];
    const head = element("tr", {}, element("th", { scope: "col" }, element("span", { className: "unseen" }, "offset")));
    for (let i = 0; i < width; i += 1) head.append(element("th", { scope: "col" }, i.toString(16)));
    for (let from = 0; from < bytes.length; from += width) {
        const row = element("tr", {}, element("th", { scope: "row" }, from.toString(16).padStart(bytes.length > 256 ? 3 : 2, "0")));
        for (let at = from; at < from + width && at < bytes.length; at += 1) {
            const span = spans[spanOf[at]];
            const cell = element("td", { ...colour(span.section), textContent: hex(bytes[at]) });
            if (at === span.offset) cell.classList.add("first");
            if (at === span.offset + span.bytes.length - 1) cell.classList.add("last");
            cells.push(cell);
            row.append(cell);
        }
        rows.push(row);
    }
    const table = element("table", { className: "byte-grid", attributes: { role: "grid", "aria-label": `The module's ${size(bytes.length)}, ${width} a row` } },
        element("thead", {}, head), element("tbody", {}, rows));

    const page = () => width * Math.max(1, Math.floor(box.clientHeight / (rows[0]?.offsetHeight || 24)) - 2);
    const column = (/** @type {number} */ to, /** @type {number} */ i, step = 0) => (to < 0 || to >= cells.length ? (step === width ? i : i % width + (to < 0 ? 0 : lastRow(i))) : to);
    const lastRow = (/** @type {number} */ i) => {
        const to = Math.floor((cells.length - 1) / width) * width;
        return to + i % width < cells.length ? to : to - width;
    };
    /** @type {Record<string, (i: number) => number>} */
    const moves = {
        ArrowLeft: (i) => i - 1,
        ArrowRight: (i) => i + 1,
        ArrowUp: (i) => column(i - width, i, width),
        ArrowDown: (i) => column(i + width, i, width),
        PageUp: (i) => column(i - page(), i),
        PageDown: (i) => column(i + page(), i),
        Home: (i) => i - i % width,
        End: (i) => i - i % width + width - 1,
        "Control+Home": () => 0,
        "Control+End": () => cells.length - 1,
    };
    const rove = roving(box, cells, (key, i) => moves[key]?.(i), focused);
    const indexOf = (/** @type {EventTarget | null} */ target) => {
        const cell = target instanceof Element ? target.closest("td") : null;
        return cell ? cells.indexOf(cell) : -1;
    };
    table.addEventListener("click", (event) => {
        const i = indexOf(event.target);
        if (i >= 0) rove.focus(i);
    });
    table.addEventListener("pointerover", (event) => {
        const i = indexOf(event.target);
        if (event.pointerType === "mouse" && i >= 0) hovered(i);
    });
    table.addEventListener("pointerleave", (event) => {
        if (event.pointerType === "mouse") hovered();
    });
    return { element: table, cells, focus: rove.focus, current: rove.current };
}

/**
 * What there is to say about a byte.
 *
 * @param {Uint8Array} bytes
 * @param {Span} span
 * @param {number} offset
 */
function described(bytes, span, offset) {
    const byte = bytes[offset];
    const last = span.offset + span.bytes.length - 1;
    const sign = byte > 0x20 && byte < 0x7f ? `, “${String.fromCharCode(byte)}”` : "";
    const where = element("p", { className: "where" }, element("span", { ...colour(span.section), className: `${colour(span.section).className} swatch` }),
        span.section, last > span.offset ? `, bytes ${number(span.offset)} to ${number(last)}` : "");
    return [
        where,
        element("p", { className: "what" }, span.what),
        span.value === "" ? undefined : element("p", { className: "value" }, element("code", {}, span.value)),
        element("p", { className: "byte" }, `At offset ${number(offset)}: `, element("code", {}, hex(byte)), `, ${byte} in decimal${sign}`),
    ].filter((one) => one !== undefined);
}

/**
 * The module as text: a list in which the arrow keys move, in a box of its own.
 *
 * @param {Line[]} lines
 * @param {(line: number) => void} markLine
 */
function writtenDown(lines, markLine) {
    const items = lines.map((line) => {
        const item = element("li", { attributes: { role: "option", "aria-selected": "false" } });
        if (typeof hljs !== "undefined" && hljs.getLanguage?.("wat")) item.innerHTML = hljs.highlight("wat", line.text).value;
        else item.textContent = line.text;
        if (line.text === "") item.textContent = " ";
        return item;
    });
    const list = element("ol", { className: "wat-lines hljs", attributes: { role: "listbox", "aria-label": "The module as text; each line marks its bytes" } }, items);
    /** @type {HTMLElement | undefined} */
    let lit;
    const light = (/** @type {number | undefined} */ line) => {
        lit?.setAttribute("aria-selected", "false");
        lit = line === undefined ? undefined : items[line];
        lit?.setAttribute("aria-selected", "true");
        if (lit) within(lit, list);
    };
    /** @type {Record<string, (i: number) => number>} */
    const moves = {
        ArrowUp: (i) => i - 1,
        ArrowDown: (i) => i + 1,
        Home: () => 0,
        End: () => items.length - 1,
    };
    const rove = roving(list, items, (key, i) => moves[key]?.(i), (line) => {
        markLine(line);
        light(line);
    });
    list.addEventListener("click", (event) => {
        const i = items.findIndex((item) => item.contains(/** @type {Node} */ (event.target)));
        if (i >= 0) rove.focus(i);
    });
    return { element: list, light };
}

/**
 * Which line each span belongs to: the last one that begins before it, in the same section. Some bytes are in no line: how many
 * functions follow, for instance, is nowhere written in a text.
 *
 * @param {Span[]} spans
 * @param {Line[]} lines
 */
function linesOf(spans, lines) {
    const starts = lines.flatMap(({ offset }, line) => (typeof offset === "number" ? [{ offset, line }] : []));
    const startAt = new Map(starts.map(({ offset, line }) => /** @type {const} */ ([offset, line])).reverse());
    let next = 0;
    /** @type {number | undefined} */
    let line;
    /** @type {string | undefined} */
    let section;
    return spans.map((span, i) => {
        if (span.section !== section || span.what === "section id") [section, line] = [span.section, undefined];
        for (; next < starts.length && starts[next].offset <= span.offset; next += 1) line = starts[next].line;
        // The size of something stands before it.
        const after = spans[i + 1];
        return span.what.startsWith("size of ") && after && startAt.has(after.offset) ? startAt.get(after.offset) : line;
    });
}

/**
 * The sections that the spans are in, each with its size.
 *
 * @param {Span[]} spans
 */
function sectionsOf(spans) {
    /** @type {{ name: string, size: number }[]} */
    const sections = [];
    for (const { section: name, what, bytes: { length } } of spans) {
        const last = sections.at(-1);
        if (last && last.name === name && what !== "section id") last.size += length;
        else sections.push({ name, size: length });
    }
    return sections;
}

/**
 * The sections with their colours and sizes.
 *
 * @param {{ name: string, size: number }[]} sections
 */
export function legend(sections) {
    return element("ul", { className: "legend", attributes: { "aria-label": "Sections and their sizes in bytes" } }, sections.map(({ name, size }) => {
        const tint = colour(name);
        return element("li", {}, element("span", { ...tint, className: `${tint.className} swatch` }), `${name} `, element("b", {}, number(size)));
    }));
}

/**
 * The same as an ordinary table.
 *
 * @param {Span[]} spans
 */
function spanTable(spans) {
    const heads = ["offset", "bytes", "section", "meaning", "value"].map((name) => element("th", { scope: "col" }, name));
    const rows = spans.map((span) => {
        const tint = colour(span.section);
        return element("tr", {},
            element("th", { scope: "row" }, number(span.offset)),
            element("td", {}, element("code", {}, span.bytes.map(hex).join(" "))),
            element("td", { className: "section-name" }, element("span", { ...tint, className: `${tint.className} swatch` }), span.section),
            element("td", {}, span.what),
            element("td", {}, span.value === "" ? "" : element("code", {}, span.value)));
    });
    return element("div", { className: "table-wrapper", attributes: { role: "region", tabindex: "0", "aria-label": "The module's bytes as a table" } },
        element("table", {}, element("thead", {}, element("tr", {}, heads)), element("tbody", {}, rows)));
}
