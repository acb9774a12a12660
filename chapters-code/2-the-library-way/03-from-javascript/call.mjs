// Calls the module from node:  node call.mjs MODULE.wasm
import { readFile } from "node:fs/promises";

const bytes = await readFile(process.argv[2]);
const { instance } = await WebAssembly.instantiate(bytes);
const { add } = instance.exports;

console.log("add(40, 2) is", add(40, 2));
console.log("add(2 ** 31, 0) is", add(2 ** 31, 0));
console.log("add(2.9, \"3\") is", add(2.9, "3"));
