// Four hosts that are hard to please, and what our program does about it.
import { readFile } from "node:fs/promises";

const module = await WebAssembly.compile(await readFile(process.argv[2]));

/** Runs the module. `write(bytes, call)` is the host's fd_write: it returns how many it takes, or an errno below zero. */
async function run(write) {
    let output = "";
    let calls = 0;
    let memory;
    const imports = {
        fd_write(_fd, iovs, _count, nwritten) {
            const view = new DataView(memory.buffer);
            const [buf, len] = [view.getUint32(iovs, true), view.getUint32(iovs + 4, true)];
            const bytes = new Uint8Array(memory.buffer, buf, len);
            const result = write(bytes.length, ++calls);
            if (result < 0) return -result;
            output += new TextDecoder().decode(bytes.slice(0, result));
            view.setUint32(nwritten, result, true);
            return 0;
        },
        proc_exit(code) {
            throw { code };
        },
    };
    const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: imports });
    memory = instance.exports.memory;
    try {
        instance.exports._start();
    } catch (ended) {
        if (ended.code === undefined) throw ended;
        return `${calls} calls, "${output}", exit code ${ended.code}`;
    }
    return `${calls} calls, "${output}", returned`;
}

console.log("takes all it is given:  ", await run((length) => length));
console.log("takes 4 bytes at a time:", await run((length) => Math.min(length, 4)));
console.log("is interrupted once:    ", await run((length, call) => (call === 1 ? -27 : length)));
console.log("has no space left:      ", await run(() => -51));
console.log("takes nothing, gladly:  ", await run(() => 0));
