// Asks the instrument from node:  node ask.mjs MODULE.wasm
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

const file = await readFile(process.argv[2]);
const { instance } = await WebAssembly.instantiate(file);
const { memory, room, answer, ...questions } = instance.exports;

/** Asks `inspect` or `look` about a module; gives the answer as text. */
function ask(question, module) {
    const address = room(module.length) >>> 0;
    new Uint8Array(memory.buffer, address, module.length).set(module);
    const length = questions[question]() >>> 0;
    return new TextDecoder().decode(new Uint8Array(memory.buffer, answer() >>> 0, length));
}

const bytes = (text) => Uint8Array.from(text.match(/../g), (byte) => parseInt(byte, 16));

// What the instrument says: of Part 1's module of 96 bytes, of the beginning of a component, of something else, and of itself.
const module = bytes(
    "0061736d0100000001080260017f006000000224011677617369" +
        "5f736e617073686f745f70726576696577310970726f635f65786974" +
        "0000030201010503010010071302066d656d6f72790200065f7374617274" +
        "00010a0801060041001000" + "0b",
);
const about = {
    module,
    component: bytes("0061736d0d000100"),
    text: new TextEncoder().encode("(module)"),
};
for (const [name, input] of Object.entries(about)) {
    const answers = ["inspect", "look"].map((question) => ask(question, input));
    const hash = createHash("sha256").update(answers.join("\n")).digest("hex").slice(0, 16);
    console.log(`${name}: ${hash}`, JSON.parse(answers[0]).error?.message ?? "");
}

const { spans, lines } = JSON.parse(ask("look", module));
console.log(`${spans.length} spans, ${lines.length} lines, the last but one: ${lines.at(-2).text.trim()}`);

const itself = JSON.parse(ask("inspect", file)).inspection;
console.log("itself:", itself.size, itself.invalid?.message ?? "valid");
for (const { title, saving, exact } of itself.findings) {
    console.log(`- ${title}: ${saving === 0 ? "cannot be told" : `${exact ? "" : "about "}${saving}`}`);
}
