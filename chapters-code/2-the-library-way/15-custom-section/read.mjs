// Reads the note from node:  node read.mjs MODULE.wasm
import { readFile } from "node:fs/promises";

const module = await WebAssembly.compile(await readFile(process.argv[2]));
for (const section of WebAssembly.Module.customSections(module, "author")) {
    console.log("author:", new TextDecoder().decode(section));
}
console.log("other notes:", WebAssembly.Module.customSections(module, "license").length);
