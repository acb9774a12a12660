// The API under the article's name for it, and under its own:  node read.mjs MODULE.wasm
import { readFile } from "node:fs/promises";

const module = await WebAssembly.compile(await readFile(process.argv[2]));
console.log("customSection is", typeof WebAssembly.Module.customSection);
for (const section of WebAssembly.Module.customSections(module, "author")) {
    console.log("customSections:", new TextDecoder().decode(section));
}
