// Asks for a prime number that is not there, without the hook and with it:  node hook.mjs MODULE.wasm
import { readFile } from "node:fs/promises";

const bytes = await readFile(process.argv[2]);

// A module that has trapped is done for: each try has an instance of its own.
for (const hook of [false, true]) {
    const host = {
        log: (address, length) => console.log("log:", new TextDecoder().decode(new Uint8Array(exports.memory.buffer, address, length))),
    };
    const { exports } = (await WebAssembly.instantiate(bytes, { host })).instance;
    if (hook) exports.set_hook();
    try {
        console.log(exports.nth_prime(8), exports.nth_prime(9));
    } catch (error) {
        console.log(`${hook ? "with the hook" : "without"}: ${error.message}`);
    }
}
