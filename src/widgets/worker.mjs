// @ts-check
// One run of one module, in a worker of its own, which can be ended from outside whatever the module does. The WASI is Part 3's
// host as it is; what is added here bounds what a module can print, and lets a library's functions be called.
import { run } from "../modules/host.mjs";

/** What a module may print, in bytes: no page is better for more. */
const MOST = 64 * 1024;

const instantiate = WebAssembly.instantiate;

/** @typedef {{ memory?: WebAssembly.Memory, left: number, flooded: boolean, called: boolean }} Seen What became of the module so far. */

onmessage = async ({ data: { bytes, guest, call } }) => {
    /** @type {Seen} */
    const seen = { left: MOST, flooded: false, called: false };
    /** @type {{ values?: string[], exports?: [string, string][] }} */
    const more = {};
    // The host instantiates and calls `_start`. It gets to see what is made here of both.
    WebAssembly.instantiate = /** @type {any} */ (async (/** @type {BufferSource} */ bytes, /** @type {any} */ imports) => {
        const wasi = imports.wasi_snapshot_preview1;
        const fd_write = bounded(wasi.fd_write, seen);
        const { instance } = await instantiate(bytes, { wasi_snapshot_preview1: noting({ ...wasi, fd_write }, seen) });
        const exports = /** @type {any} */ (instance.exports);
        seen.memory = exports.memory;
        if (call === undefined) return { instance };
        const _start = () => {
            if (call === null) more.exports = Object.entries(exports).map(([name, value]) => [name, kindOf(value)]);
            else more.values = called(exports, call);
        };
        return { instance: { exports: { memory: exports.memory, _start } } };
    });
    const ran = await run(bytes, guest);
    if (seen.flooded) Object.assign(ran, { outcome: "too much output", reason: undefined });
    postMessage({ ...ran, ...more, calls_wasi: seen.called });
};
postMessage("ready");

/**
 * The functions of WASI, which note that they are called.
 *
 * @param {Record<string, Function>} wasi
 * @param {Seen} seen
 */
function noting(wasi, seen) {
    return Object.fromEntries(Object.entries(wasi).map(([name, call]) => [name, (/** @type {unknown[]} */ ...all) => {
        seen.called = true;
        return call(...all);
    }]));
}

/**
 * The host's `fd_write`, which also tells the page at once, and ends the module when it has printed enough.
 *
 * @param {(fd: number, iovs: number, count: number, nwritten: number) => number} fd_write
 * @param {Seen} seen
 * @returns {typeof fd_write}
 */
function bounded(fd_write, seen) {
    return (fd, iovs, count, nwritten) => {
        const view = new DataView(/** @type {WebAssembly.Memory} */ (seen.memory).buffer);
        [iovs, count] = [iovs >>> 0, count >>> 0];
        for (let nth = 0; nth < count; nth += 1) {
            const [address, length] = [0, 4].map((at) => view.getUint32(iovs + 8 * nth + at, true));
            const part = Math.min(length, seen.left);
            if ((fd === 1 || fd === 2) && part > 0) postMessage({ fd, bytes: new Uint8Array(view.buffer, address, part).slice() });
            // Nothing, printed again and again, would fill the memory as well.
            seen.left -= part || 1;
            if (part === length && seen.left >= 0) continue;
            // The last piece is cut in the module's own memory: it will not see it again.
            view.setUint32(iovs + 8 * nth + 4, part, true);
            seen.flooded = true;
            fd_write(fd, iovs, nth + 1, nwritten);
            throw new Error("too much output");
        }
        return fd_write(fd, iovs, count, nwritten);
    };
}

/**
 * Calls `add 40 2`. Integers of 64 bits are BigInts, and only a try tells. Returns the values as texts.
 *
 * @param {Record<string, Function>} exports
 * @param {string} call
 */
function called(exports, call) {
    const [name, ...words] = call.split(" ");
    let result;
    try {
        result = exports[name](...words.map(Number));
    } catch (error) {
        if (!(error instanceof TypeError) || typeof exports[name] !== "function") throw error;
        result = exports[name](...words.map(BigInt));
    }
    return [result].flat().filter((value) => value !== undefined).map(String);
}

/** @param {unknown} value */
function kindOf(value) {
    if (typeof value === "function") return "function";
    const kinds = /** @type {const} */ (["Memory", "Table", "Global"]);
    return kinds.find((name) => value instanceof WebAssembly[name])?.toLowerCase() ?? "something else";
}
