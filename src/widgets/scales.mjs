// @ts-check
// What the scales say of a module of the reader's own, when they are asked: whose its bytes are and what keeps them, what is different in
// an older file, and a smaller file that does the same.

import { diff, shrink, top, why } from "./instrument.mjs";
import { element, number, roving, size } from "./elements.mjs";
import { counted, folded, share, table } from "./tables.mjs";
import { squarified } from "./treemap.mjs";

/** How many rows a list has. */
const ROWS = 15;

/** What is smaller than this part of the map is drawn together with its like. */
const SMALLEST = 1 / 1500;

/**
 * The three questions, as elements.
 *
 * @param {string} name
 * @param {Blob} blob
 * @param {Inspection} inspection
 */
export const scales = (name, blob, inspection) => [
    element("h3", {}, "A smaller file"),
    element("p", {}, "What no program can tell the absence of can be cut out here: what nothing reaches, what is there twice, numbers that are too long, and what only people and tools read."),
    asked("Shrink it here", () => smaller(name, blob)),
    element("h3", {}, "Whose bytes they are"),
    asked("Draw its map", () => map(blob, inspection)),
    element("h3", {}, "What has changed"),
    compared(name, blob),
    element("h3", {}, "As it is sent"),
    asked("Compress it", () => sent(name, blob)),
    asked("Copy all this as Markdown", () => copied(name, inspection)),
];

/**
 * A button, and what it brings, which stays there.
 *
 * @param {string} label
 * @param {() => Promise<(HTMLElement | string)[]>} answer
 */
function asked(label, answer) {
    const button = element("button", { type: "button" }, label);
    const output = element("div", { attributes: { role: "status" } });
    button.addEventListener("click", () => answering(button, output, answer));
    return element("div", { className: "asked" }, element("p", {}, button), output);
}

/**
 * @param {HTMLElement} button
 * @param {HTMLElement} output
 * @param {() => Promise<(HTMLElement | string)[]>} answer
 */
async function answering(button, output, answer) {
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    output.replaceChildren(element("p", {}, "Working…"));
    try {
        output.replaceChildren(...await answer());
    } catch (error) {
        output.replaceChildren(element("p", { className: "wrong" }, element("b", {}, "This did not work: "), /** @type {Error} */ (error).message));
    }
    button.ariaDisabled = "false";
}

/** What was said, if it is no error. @template {{ error?: Mistake }} Said @param {Said} said */
function fine(said) {
    if (said.error) throw new Error(`${said.error.message} (at offset ${number(said.error.offset)})`);
    return said;
}

/** A change of a size: +12, −3. @param {number} old @param {number} now */
const change = (old, now) => (now < old ? `−${number(old - now)}` : `+${number(now - old)}`);

const code = (/** @type {string} */ text) => element("code", {}, text);

/**
 * A smaller file, and the receipt for it.
 *
 * @param {string} name
 * @param {Blob} blob
 */
async function smaller(name, blob) {
    const { size: now, cuts, left, made } = fine(await shrink(blob));
    const kept = left.map(({ place, why: reason }) => element("p", {}, `${place || "The file"} stays as it is: ${reason}.`));
    if (cuts.length === 0) return [element("p", {}, "Nothing was found that can go without being asked for."), ...kept];
    const file = name.replace(/(\.wasm)?(\.gz)?$/, ".small.wasm");
    const link = element("a", { href: URL.createObjectURL(new Blob([made], { type: "application/wasm" })), download: file }, `Save ${file}`);
    return [
        element("p", {}, "It has ", element("b", {}, size(now)), ` and had ${size(blob.size)}: ${change(blob.size, now)}. Imports and exports are the same. `, link),
        table("What was cut", ["what went", "items", "bytes"], cuts.map(({ what, place, count, saving }) => [
            place ? `${what} in ${place}` : what, count > 0 ? number(count) : "", number(saving)]), [1, 2]),
        ...kept,
    ];
}

/**
 * A map in which everything has the share of the area that it has of the file.
 *
 * @param {Blob} blob
 * @param {Inspection} inspection
 */
async function map(blob, inspection) {
    const { shares = [] } = fine(await top(blob));
    /** @type {Map<string, Share[]>} */
    const groups = new Map();
    for (const one of shares) {
        const owner = one.kind === "function" ? one.owner ?? "no name" : one.kind === "data" ? "data" : "sections";
        groups.set(owner, [...groups.get(owner) ?? [], one]);
    }
    const weigh = (/** @type {Share[]} */ all) => all.reduce((sum, one) => sum + one.size, 0);
    const owners = [...groups].map(([owner, all]) => ({ owner, all, weight: weigh(all) })).sort((a, b) => b.weight - a.weight);
    const told = element("div", { className: "told", attributes: { role: "status" } }, element("p", {}, "Choose something in the map to see what keeps it in the file."));
    /** @type {HTMLElement[]} */
    const leaves = [];
    const outer = squarified(owners, ({ weight }) => weight, { x: 0, y: 0, width: 100, height: 60 });
    const boxes = outer.map(({ item: { owner, all, weight }, ...box }, i) => {
        const big = all.filter((one) => one.size >= inspection.size * SMALLEST);
        const rest = weight - weigh(big);
        /** @type {{ item?: Share, weight: number }[]} */
        const items = big.map((one) => ({ item: one, weight: one.size }));
        if (rest > 0) items.push({ weight: rest });
        const inner = squarified(items, (one) => one.weight, { x: 0, y: 0, width: box.width, height: box.height });
        const style = (/** @type {import("./treemap.mjs").Box} */ at) => `left: ${100 * at.x / box.width}%; top: ${100 * at.y / box.height}%; width: ${100 * at.width / box.width}%; height: ${100 * at.height / box.height}%`;
        const drawn = inner.map(({ item: { item: one, weight: bytes }, ...at }) => {
            if (!one) return element("span", { className: "leaf", title: `${all.length - big.length} smaller: ${size(bytes)}`, attributes: { style: style(at) } });
            const leaf = element("button", { type: "button", className: "leaf", title: `${one.name}: ${size(one.size)}`,
                attributes: { style: style(at), "aria-label": `${one.name}, ${one.kind}, ${size(one.size)}` } }, at.width > 7 && at.height > 2.5 ? one.name : "");
            leaf.addEventListener("click", () => answering(leaf, told, () => reason(blob, one.id ?? one.name)));
            leaves.push(leaf);
            return leaf;
        });
        const frame = `left: ${box.x}%; top: ${100 * box.y / 60}%; width: ${box.width}%; height: ${100 * box.height / 60}%; --hue: ${(i * 67 + 215) % 360}`;
        return element("div", { className: "owner", title: `${owner}: ${size(weight)}`, attributes: { style: frame } }, drawn);
    });
    const box = element("div", { className: "treemap", attributes: { role: "group", "aria-label": "Map of the file; the arrow keys move in it" } }, boxes);
    roving(box, leaves, (key, i) => ({ ArrowRight: i + 1, ArrowDown: i + 1, ArrowLeft: i - 1, ArrowUp: i - 1, Home: 0, End: leaves.length - 1 })[key], () => {});
    return [box, told, folded(counted(owners.length, "owner"), () => table("Whose bytes they are", ["whose", "things", "bytes", "share"],
        owners.map(({ owner, all, weight }) => [owner, number(all.length), number(weight), share(weight, inspection.size)]), [1, 2]))];
}

/** How one thing leads to another, in words. @type {Record<string, string>} */
const WORDS = {
    export: "the file exports", start: "the file starts with", reference: "an instruction makes a reference of", global: "a global refers to",
    outside: "can be reached from outside", calls: "calls", indirect: "calls what is in", listed: "holds", place: "takes the place in the table of",
    address: "refers to", pointer: "holds a pointer to", method: "holds the place in the table of",
};

/**
 * Why something is in the file.
 *
 * @param {Blob} blob
 * @param {string} name
 */
async function reason(blob, name) {
    const said = fine(await why(blob, name));
    if (said.answer !== "one") return [element("p", {}, "It is part of the file, whatever refers to it.")];
    const { thing, chain, retained, retained_count: others, caller_count: callers } = said;
    const about = chain.every(({ certain }) => certain) ? "" : "about ";
    return [
        element("p", {}, code(thing.name), `: a ${thing.kind} of `, element("b", {}, size(thing.size)), "."),
        chain.length === 0 ? element("p", {}, "Nothing was found that leads to it.") : element("ol", { className: "chain" }, chain.map((link) => element("li", {},
            `${link.certain ? "" : "probably "}${WORDS[link.edge] ?? link.edge} `, link.export ? code(`"${link.export}"`) : "", link.export ? ", which is " : "", code(link.thing.name), ` (${size(link.thing.size)})`))),
        element("p", {}, `Without it, ${about}`, element("b", {}, size(retained)), ` would go: it ${others === 0 ? "alone" : `with ${counted(others, "other thing")}`}.${callers > 0 ? ` It is called by ${counted(callers, "function")}.` : ""}`),
    ];
}

/**
 * A place for an older file, and what is different in it.
 *
 * @param {string} name
 * @param {Blob} blob
 */
function compared(name, blob) {
    const input = element("input", { type: "file", accept: ".wasm,application/wasm" });
    const output = element("div", { attributes: { role: "status" } });
    input.addEventListener("change", () => {
        const [file] = input.files ?? [];
        if (file) answering(input, output, () => difference(name, blob, file));
    });
    return element("div", { className: "asked" }, element("p", {}, element("label", {}, "An older file of it: ", input)), output);
}

/**
 * @param {string} name
 * @param {Blob} blob
 * @param {File} older
 */
async function difference(name, blob, older) {
    const said = fine(await diff(blob, older));
    /** @type {HTMLElement[]} */
    const parts = [element("p", {}, `From ${older.name} to ${name}: `, element("b", {}, `${change(said.old, said.new)} bytes`), `, from ${number(said.old)} to ${size(said.new)}. ${counted(said.same, "thing")} in it ${said.same === 1 ? "is" : "are"} as large as before.`)];
    const deltas = (/** @type {string} */ title, /** @type {Delta[]} */ all) => {
        if (all.length === 0) return;
        parts.push(folded(`${title} (${number(all.length)})`, () => table(title, ["name", "was", "is", "change"],
            all.slice(0, ROWS).map((one) => [code(one.name), number(one.old), number(one.new), change(one.old, one.new)]), [1, 2, 3], "names")));
    };
    if (said.arrivals.length > 0) {
        parts.push(element("p", {}, "How what is new came in:"), table("How what is new came in", ["through", "functions", "bytes"],
            said.arrivals.slice(0, ROWS).map(({ via, first, export: exported, count, size: bytes }) => [
                element("span", {}, via ? code(via.name) : exported ? `export "${exported}"` : "nothing that was found", " → ", code(first.name)), number(count), number(bytes)]), [1, 2], "names"));
    }
    deltas("Sections that are not as large as before", said.sections);
    deltas("Whose bytes have changed", said.crates.filter(({ kind }) => kind === "crate" || kind === "language"));
    for (const [title, all] of /** @type {const} */ ([["Came", said.came], ["Grew", said.grew], ["Went", said.went], ["Shrank", said.shrank]])) deltas(title, [...all]);
    return parts;
}

/** What a browser's own compression makes of a file; none, if this browser has no such. @param {Blob} blob @param {string} format */
async function compressed(blob, format) {
    try {
        const stream = new CompressionStream(/** @type {CompressionFormat} */ (format));
        return (await new Response(blob.stream().pipeThrough(stream)).blob()).size;
    } catch {
        return undefined;
    }
}

/** @param {string} name @param {Blob} blob */
async function sent(name, blob) {
    const rows = [["as it is", number(blob.size), share(blob.size, blob.size)]];
    for (const format of ["gzip", "brotli"]) {
        const now = await compressed(blob, format);
        rows.push([format, now === undefined ? "this browser has none" : number(now), now === undefined ? "" : share(now, blob.size)]);
    }
    return [table(`${name} as it is sent`, ["", "bytes", "share"], rows, [1]),
        element("p", { className: "note" }, "By this browser’s own compression. A server may take more time for it, and then it becomes a little smaller: ", code("wasm-diet inspect"), " says how much.")];
}

/** @param {string} name @param {Inspection} inspection */
async function copied(name, { size: bytes, sections, findings }) {
    const safe = (/** @type {string} */ text) => text.replace(/[\\`*_[\]<>|#!&@~]/g, "\\$&");
    const lines = [`### ${safe(name)}: ${size(bytes)}`, "", "| section | bytes |", "|---|--:|", ...sections.map((one) => `| ${safe(one.name)} | ${number(one.size)} |`), ""];
    for (const { title, saving, exact, advice } of findings) lines.push(`- **${saving > 0 ? `${exact ? "" : "~"}${number(saving)}` : "unknown"}** ${safe(title)}: ${advice}`);
    const text = lines.join("\n");
    try {
        await navigator.clipboard.writeText(text);
        return [element("p", {}, "Copied.")];
    } catch {
        return [element("pre", { textContent: text, tabIndex: 0 })];
    }
}
