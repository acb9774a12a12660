// Assembles some texts in node:  node assemble.mjs MODULE.wasm
import { readFile } from "node:fs/promises";

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]));
const { memory, room, answer, assemble } = instance.exports;

/** Assembles a text; gives what the assembler answers. */
function assembled(text) {
    const input = new TextEncoder().encode(text);
    const address = room(input.length) >>> 0;
    new Uint8Array(memory.buffer, address, input.length).set(input);
    const length = assemble() >>> 0;
    return JSON.parse(new TextDecoder().decode(new Uint8Array(memory.buffer, answer() >>> 0, length)));
}

const text = `(module
  (func (export "answer") (result i32)
    i32.const 42))`;
const { bytes, places } = assembled(text);
console.log(bytes);
const lines = text.split("\n");
for (const [offset, line, column] of places) {
    const word = lines[line - 1].slice(column - 1).match(/^[\w.]+/)[0];
    console.log(`byte ${offset} comes from line ${line}, column ${column}: ${word}`);
}

const deep = 10_000;
for (const wrong of ["(module\n  (func\n    i32.cosnt 42))", '(func (call $nobody))', "(", "(component)", "(func ".repeat(deep), "(block ".repeat(deep)]) {
    const { error } = assembled(wrong);
    console.log(`line ${error.line}, column ${error.column}: ${error.message}`);
}
const blocks = assembled(`(func ${"(block ".repeat(deep)}${")".repeat(deep)})`);
console.log("blocks in blocks:", blocks.places.length, "places,", blocks.bytes.length / 2, "bytes");
