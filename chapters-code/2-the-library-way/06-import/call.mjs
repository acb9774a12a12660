// Calls the module from node, and lets it have JavaScript's own Math:  node call.mjs MODULE.wasm
import { readFile } from "node:fs/promises";

const bytes = await readFile(process.argv[2]);
try {
    await WebAssembly.instantiate(bytes);
} catch (error) {
    console.log("without Math:", error.name);
}

const { instance } = await WebAssembly.instantiate(bytes, { Math });
const sums = Array.from({ length: 100 }, () => instance.exports.add(40, 2));
console.log("with Math:", sums.every((sum) => 42 <= sum && sum < 43) ? "from 42 to 43" : sums);

const fixed = await WebAssembly.instantiate(bytes, { Math: { random: () => 0.5 } });
console.log("with a Math of our own:", fixed.instance.exports.add(40, 2));
