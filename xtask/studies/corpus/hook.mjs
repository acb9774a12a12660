// @ts-check
// Puts smaller modules in the place of those that a program compiles: node --import ./hook.mjs PROGRAM
//
// Three variables say what is done. With CORPUS_SEEN, each module is kept in that folder, in the order in which they were
// compiled: 0.wasm, 1.wasm. With CORPUS_SMALLER, a module is replaced by the file of that folder whose name is the SHA-256 of
// its bytes. CORPUS_KIND says whether the program is about modules or about a component.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { CORPUS_SEEN: seen, CORPUS_SMALLER: smaller, CORPUS_KIND: kind } = process.env;
const { Module, compile, instantiate } = WebAssembly;

/** @param {Uint8Array} bytes */
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/**
 * Keeps a file, and gives back the smaller one, if there is one.
 *
 * @param {Uint8Array} bytes
 * @returns {Uint8Array<ArrayBuffer>}
 */
function replaced(bytes) {
    if (seen) {
        const kept = readdirSync(seen);
        if (!kept.some((name) => readFileSync(join(seen, name)).equals(bytes))) {
            writeFileSync(join(seen, `${kept.length}.wasm`), bytes);
        }
    }
    const file = smaller && join(smaller, `${sha256(bytes)}.wasm`);
    return new Uint8Array(file && existsSync(file) ? readFileSync(file) : bytes);
}

/**
 * What a program compiles instead of a module.
 *
 * @param {BufferSource} source
 */
function instead(source) {
    const bytes = ArrayBuffer.isView(source)
        ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
        : new Uint8Array(source);
    // Node's fetch has a module of its own, which comes with node.
    const own = Module.exports(new Module(new Uint8Array(bytes))).some(({ name }) => name === "llhttp_init");
    return own ? new Uint8Array(bytes) : replaced(bytes);
}

/**
 * The component that a program is about: it is made if it is not there yet.
 *
 * @param {() => Promise<Uint8Array>} make
 */
export async function component(make) {
    const first = smaller && join(smaller, "component.wasm");
    return first && existsSync(first) ? new Uint8Array(readFileSync(first)) : replaced(await make());
}

if (kind === "module") {
    /** @param {Response | PromiseLike<Response>} response */
    const whole = async (response) => (await response).arrayBuffer();
    /** @type {any} */ (WebAssembly).Module = new Proxy(Module, {
        construct: (target, [source]) => new target(instead(source)),
    });
    WebAssembly.compile = async (source) => compile(instead(source));
    /** @type {any} */ (WebAssembly).instantiate = async (
        /** @type {BufferSource | WebAssembly.Module} */ source,
        /** @type {WebAssembly.Imports | undefined} */ imports,
    ) => source instanceof Module ? instantiate(source, imports) : instantiate(instead(source), imports);
    // Node defines these two later, when they are first used, and not over what is there.
    for (const [name, value] of Object.entries({
        compileStreaming: async (/** @type {Response} */ response) => WebAssembly.compile(await whole(response)),
        instantiateStreaming: async (/** @type {Response} */ response, /** @type {WebAssembly.Imports} */ imports) =>
            WebAssembly.instantiate(await whole(response), imports),
    })) {
        Object.defineProperty(WebAssembly, name, { value, configurable: true, enumerable: true, writable: true });
    }
}
