// Has a line of text written, and prints it:  node text.mjs MODULE.wasm
import { readFile } from "node:fs/promises";

const host = {
    log: (address, length) => console.log("log:", new TextDecoder().decode(new Uint8Array(exports.memory.buffer, address, length))),
};
const { exports } = (await WebAssembly.instantiate(await readFile(process.argv[2]), { host })).instance;
exports.log_mean(3);
