// The article's two ways to call it:  node call.mjs MODULE.wasm
import { readFile } from "node:fs/promises";

const bytes = await readFile(process.argv[2]);
try {
    await WebAssembly.instantiate(bytes);
} catch (error) {
    console.log("nothing to import:", error.name);
}
const { instance } = await WebAssembly.instantiate(bytes, { Math });
const sum = instance.exports.add(40, 2);
console.log("with Math:", 42 <= sum && sum < 43 ? "from 42 to 43" : sum);
