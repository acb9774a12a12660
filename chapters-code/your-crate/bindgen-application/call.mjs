// Greets from node:  node call.mjs pkg/bindgen_application_bg.wasm
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

// wasm-bindgen puts the glue beside the module.
const module = resolve(process.argv[2]);
const { greet, initSync } = await import(pathToFileURL(module.replace(/_bg\.wasm$/, ".js")));
initSync({ module: await readFile(module) });
console.log(greet("world"));
