// Greets from node:  node call.mjs MODULE.wasm
import { readFile, stat } from "node:fs/promises";
import { bind } from "./greet.mjs";

const module = process.argv[2];
const { instance } = await WebAssembly.instantiate(await readFile(module));
const greet = bind(instance.exports);
const pages = () => instance.exports.memory.buffer.byteLength / 65536;

for (const name of ["world", "Ĝangalo 🦀", ""]) console.log(greet(name));

const before = pages();
for (let time = 0; time < 10_000; time++) greet("x".repeat(time));
console.log("pages that 10,000 greetings cost:", pages() - before);

const [code, glue] = await Promise.all([stat(module), stat(new URL("greet.mjs", import.meta.url))]);
console.log("bytes of glue:", glue.size);
console.log("bytes of module and glue:", code.size + glue.size);
