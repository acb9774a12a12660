// @ts-check
// What is said of a module of the reader's own. Fetched by drop-zone.mjs when there is one. Nothing of it leaves the browser: nothing
// is sent anywhere, here or in what this imports.

import { assemble, inspect, look } from "./instrument.mjs";
import { bytesOf, fromHex, root } from "./page.mjs";
import { runModule, told } from "./run.mjs";
import { colour, element, number, prose, size, styled } from "./elements.mjs";
import { byteView } from "./byte-view.mjs";
import { counted, folded, meter, share, table } from "./tables.mjs";
import { scales } from "./scales.mjs";

/** Modules of up to this many bytes are shown byte by byte. */
const SMALL = 1024;

/** How many functions and data are listed before one asks for more. */
const FIRST = 10;

/**
 * The step that removes what a finding is about, by the finding's id; `command` is the step for a command, where that is another
 * one. Fetched once, with this file: the instrument knows no steps, so that a step's new name changes no module.
 *
 * @type {Promise<Record<string, Remedy>>}
 */
const REMEDIES = fetch(new URL("findings.json", import.meta.url)).then((response) => {
    if (!response.ok) throw new Error(`findings.json: the server answers with ${response.status}`);
    return response.json();
});

/**
 * What a promised file has in it, for `box`; unless `current()` says that something newer has come meanwhile.
 *
 * @param {HTMLElement} box
 * @param {() => Blob | Promise<Blob>} file
 * @param {string} name
 * @param {() => boolean} current
 */
export default async function (box, file, name, current) {
    const [status, result] = [".drop-status", ".drop-result"].map((selector) => /** @type {HTMLElement} */ (box.querySelector(selector)));
    /** @type {HTMLElement[]} */
    let shown = [];
    let start = () => {};
    let said;
    try {
        const blob = await unpacked(await file());
        const [answer] = await Promise.all([inspect(blob), styled()]);
        if (!current()) return;
        if (!answer.inspection) {
            const { offset, message } = /** @type {Mistake} */ (answer.error);
            said = `${name} (${size(blob.size)}) is no module that can be read.`;
            shown = [element("p", { className: "wrong" }, element("b", {}, `At offset ${number(offset)}: `), message)];
        } else {
            const { inspection } = answer;
            said = `${name}: a ${inspection.kind} of ${size(inspection.size)}, with ${counted(inspection.findings.length, "finding")}.`;
            ({ shown, start } = await everything(name, inspection, blob));
        }
    } catch (error) {
        said = `${name} could not be looked at: ${/** @type {Error} */ (error).message}.`;
    }
    if (!current()) return;
    result.replaceChildren(...shown);
    start();
    // It is said aloud; to who sees it, the result itself says it.
    status.classList.toggle("unseen", shown.length > 1);
    status.textContent = said;
    box.setAttribute("aria-busy", "false");
}

/** One of the modules that the book brings along. @param {string} step */
export const sample = async (step) => new Blob([await bytesOf({ dataset: { file: `modules/${step}.wasm.gz` } })]);

/** Files that were gzipped, as the book's own are. @param {Blob} blob */
async function unpacked(blob) {
    const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
    if (first !== 0x1f || second !== 0x8b) return blob;
    return new Response(blob.stream().pipeThrough(new DecompressionStream("gzip"))).blob();
}

/** Bytes from pasted text, whichever way they are written down. @param {string} text */
export async function written(text) {
    if (text.startsWith("(") || text.startsWith(";;")) {
        const { bytes, error } = await assemble(text);
        if (error) throw new Error(`line ${error.line}, column ${error.column}: ${error.message}`);
        return new Blob([fromHex(bytes)]);
    }
    const dense = text.replace(/0x|[\s,]/g, "");
    if (/^([\da-f]{2})+$/i.test(dense)) return new Blob([fromHex(dense)]);
    try {
        return new Blob([Uint8Array.from(atob(dense.replace(/^data:.*?;base64/, "")), (sign) => sign.charCodeAt(0))]);
    } catch {
        throw new Error("text is taken as hexadecimal, base64 or WebAssembly text, and this is neither");
    }
}

/**
 * All that is said of a module, as elements, and what to do when they are in the page.
 *
 * @param {string} name
 * @param {Inspection} inspection
 * @param {Blob} blob
 */
async function everything(name, inspection, blob) {
    const remedies = await REMEDIES;
    const { kind, sections, imports, exports, functions, items, invalid, modules = [], findings } = inspection;
    const said = element("p", {}, `A ${kind} of `, element("b", {}, size(inspection.size)), `: ${counted(sections.length - 1, "section")}, ${counted(functions, "function")}`
        + `, ${counted(imports.length, "import")}, ${counted(exports.length, "export")}${kind === "component" ? `, and ${counted(modules.length, "module")} in it` : ""}.`);
    /** @type {HTMLElement[]} */
    const parts = [element("h2", {}, name), said, bar(sections, inspection.size)];
    let start = () => {};
    // The instrument takes components apart, and does not validate them: it was built without that, to be smaller.
    if (inspection.refused) {
        parts.push(element("p", { className: "wrong" }, element("b", {}, "This browser refuses it: "), "it is not valid, or uses what this browser does not know."));
    }
    if (invalid) {
        parts.push(element("p", { className: "wrong" }, element("b", {}, "Engines will refuse it: "), `${invalid.message} (at offset ${number(invalid.offset)}).`));
    }
    if (isCommand(inspection)) parts.push(runner(blob));
    parts.push(element("h3", {}, "What it could do without"));
    if (findings.length === 0) parts.push(element("p", {}, "Nothing was found. That is rare, and no promise that nothing is there."));
    else {
        const saved = findings.reduce((sum, { saving }) => sum + saving, 0);
        const about = findings.every(({ exact }) => exact) ? "" : "about ";
        parts.push(element("p", {}, `Together it is ${about}`, element("b", {}, size(saved)), `, and ${about}${size(inspection.size - saved)} would be left.`));
        parts.push(element("ol", { className: "findings" }, findings.map((finding) => found(finding, stepFor(finding, inspection, remedies), inspection.size))));
    }

    parts.push(...scales(name, blob, inspection));

    parts.push(element("h3", {}, "Its sections"));
    parts.push(table("Sections", ["section", "size", "share", "entries", "offset"], sections.map((section) => [
        swatched(section.name), number(section.size), share(section.size, inspection.size), section.count === undefined ? "" : number(section.count), number(section.offset),
    ]), [1, 3, 4]));
    if (modules.length > 0) {
        parts.push(element("h3", {}, "The modules in it"), table("Modules in the component", ["module", "size", "share", "functions", "offset"],
            modules.map((one) => [one.name, number(one.size), share(one.size, inspection.size), number(one.functions), number(one.offset)]), [1, 3, 4]));
    }
    if (items.length > 0) {
        parts.push(element("h3", {}, "What weighs most in it"));
        const row = (/** @type {Inspection["items"][0]} */ item) => [element("code", {}, item.name), item.kind, number(item.size), share(item.size, inspection.size)];
        const heads = ["name", "what it is", "size", "share"];
        parts.push(table("The largest functions, data and custom sections", heads, items.slice(0, FIRST).map(row), [2], "names"));
        if (items.length > FIRST) {
            parts.push(folded(`The next ${number(items.length - FIRST)}`, () => table("The next largest", heads, items.slice(FIRST).map(row), [2], "names")));
        }
    }
    const code = (/** @type {string} */ text) => element("code", {}, text);
    if (imports.length > 0) {
        parts.push(folded(counted(imports.length, "import"), () => table("Imports", ["module", "name", "what it is"],
            imports.map((one) => [code(one.module), one.name ? code(one.name) : "", code(one.kind)]), [], "names")));
    }
    if (exports.length > 0) {
        parts.push(folded(counted(exports.length, "export"), () => table("Exports", ["name", "what it is"],
            exports.map((one) => [code(one.name), code(one.kind)]), [], "names")));
    }
    if (inspection.size <= SMALL) {
        const bytes = new Uint8Array(await blob.arrayBuffer());
        const answer = await look(bytes);
        if (!answer.error) {
            const view = byteView(bytes, answer);
            ({ start } = view);
            parts.push(element("h3", {}, "Its bytes"), view.element);
        }
    }
    return { shown: parts, start };
}

/** A program that this page's host can be expected to serve. @param {Inspection} inspection */
function isCommand({ kind, imports, exports, invalid }) {
    return kind === "module" && !invalid && imports.every(({ module }) => module === "wasi_snapshot_preview1")
        && exports.some((one) => one.name === "_start" && one.kind.startsWith("func"));
}

/** @param {Blob} blob */
function runner(blob) {
    const button = element("button", { type: "button" }, "Run it in this page");
    const output = element("div", { attributes: { role: "status" } });
    button.addEventListener("click", async () => {
        if (button.ariaDisabled === "true") return;
        button.ariaDisabled = "true";
        output.replaceChildren(element("p", {}, "Running…"));
        try {
            const result = await runModule(new Uint8Array(await blob.arrayBuffer()));
            const print = /** @type {const} */ (["stdout", "stderr"]).filter((name) => result[name]);
            output.replaceChildren(element("p", {}, "In this browser: ", element("b", {}, told(result)), "."),
                ...print.map((name) => element("pre", { textContent: result[name] ?? "", tabIndex: 0, attributes: { role: "group", "aria-label": name } })));
        } catch (error) {
            output.replaceChildren(element("p", {}, `It could not be run: ${/** @type {Error} */ (error).message}`));
        }
        button.ariaDisabled = "false";
    });
    return element("div", { className: "runner" }, element("p", {}, button, " with Part 3’s host, for at most two seconds."), output);
}

/**
 * The step that removes what a finding is about, and the page that tells of it. `cargo xtask inspect` chooses in the same way (remedies.rs).
 *
 * @param {Finding} finding
 * @param {Inspection} inspection
 * @param {Record<string, Remedy>} remedies
 */
function stepFor({ id }, { exports }, remedies) {
    const { step, page = step, command } = remedies[id];
    const isCommand = exports.some(({ name }) => name === "_start" || name.startsWith("wasi:cli/run@"));
    return command && isCommand ? { step: command, page: command } : { step, page };
}

/**
 * A finding: what it is, what it weighs, and the way out of it, which is a step.
 *
 * @param {Finding} finding
 * @param {{ step: string, page: string }} remedy
 * @param {number} whole
 */
function found({ id, title, saving, exact, found, examples, advice }, { step, page }, whole) {
    const [, name] = step.split("/");
    // The sidebar knows what the page is called, and numbers it.
    const link = [.../** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".sidebar a"))].find((one) => one.pathname.endsWith(`/${page}.html`));
    const called = link?.textContent.replace(/^\s*[\d.]+\s*/, "").trim() || name;
    const place = page === step ? "" : `#${name}`;
    return element("li", { className: "finding", attributes: { "data-finding": id } },
        element("p", { className: "finding-title" }, element("b", {}, title), " ",
            element("span", { className: "saving" }, saving > 0 ? `${exact ? "" : "about "}${size(saving)}` : "cannot be told")),
        meter(saving, whole),
        element("p", {}, ...prose(found)),
        examples.length > 0 ? element("ul", { className: "examples" },
            examples.map((one) => element("li", {}, element("code", {}, one.name), ` ${size(one.size)}`))) : undefined,
        element("p", {}, ...prose(advice), " ", element("a", { href: new URL(`${page}.html${place}`, root).href }, `The step that does it: ${called}`)));
}

/** @param {string} name */
function swatched(name) {
    const tint = colour(name);
    return element("span", { className: "section-name" }, element("span", { ...tint, className: `${tint.className} swatch` }), name);
}

/**
 * The file as a bar, its sections one after the other. The table below says the same.
 *
 * @param {Section[]} sections
 * @param {number} whole
 */
function bar(sections, whole) {
    return element("div", { className: "section-bar", attributes: { "aria-hidden": "true" } }, sections.map((section) => {
        const tint = colour(section.name);
        return element("span", { className: tint.className, title: `${section.name}: ${size(section.size)}`,
            attributes: { style: `${tint.attributes?.style ?? ""}; flex-grow: ${section.size / whole}` } }, section.size / whole > 0.12 ? section.name : "");
    }));
}
