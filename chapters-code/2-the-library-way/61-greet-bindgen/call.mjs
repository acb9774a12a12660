// Greets from node:  node call.mjs pkg/greet_bg.wasm
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

// wasm-bindgen puts the glue beside the module.
const module = resolve(process.argv[2]);
const { greet, initSync } = await import(pathToFileURL(module.replace(/_bg\.wasm$/, ".js")));
const { memory } = initSync({ module: await readFile(module) });
const pages = () => memory.buffer.byteLength / 65536;

for (const name of ["world", "Ĝangalo 🦀", ""]) console.log(greet(name));

const before = pages();
for (let time = 0; time < 10_000; time++) greet("x".repeat(time));
console.log("pages that 10,000 greetings cost:", pages() - before);
