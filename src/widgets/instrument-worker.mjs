// @ts-check
// The worker that the instrument runs in. One question comes, `{ what, input, other, root }`; then `{ working: true }` goes back as soon
// as the instrument is there, and `{ answer }`, or `{ broken }` with the reason why there can be none.

/** @typedef {{ name: string, file: string, module?: WebAssembly.Module, instance?: WebAssembly.Instance }} Tool */

/** Three modules, because the assembler is needed by the editor alone, and the scales by who asks. @type {Tool} */
const INSTRUMENT = { name: "instrument", file: "modules/5-below-across-beyond/69-instrument.wasm.gz" };
/** @type {Tool} */
const ASSEMBLER = { name: "assembler", file: "modules/5-below-across-beyond/70-assembler.wasm.gz" };

/** @type {Tool} */
const SCALES = { name: "scales", file: "modules/5-below-across-beyond/71-scales.wasm.gz" };

/** Which of them answers what. @type {Record<string, Tool>} */
const TOOLS = { inspect: INSTRUMENT, look: INSTRUMENT, assemble: ASSEMBLER, top: SCALES, why: SCALES, diff: SCALES, shrink: SCALES };

/** A memory never becomes smaller: after an input of more bytes than this an instance has done its work. */
const LARGE = 4 << 20;

/** The instrument validates no module that is larger than this, because the browser is faster (`anatomy::VALIDATED`). */
const VALIDATED = 8 << 20;

self.onmessage = async ({ data: { what, input, other, root } }) => {
    const tool = TOOLS[what];
    try {
        const instance = await load(tool, root);
        const [bytes, second] = [await bytesOf(input), await bytesOf(other)];
        postMessage({ working: true });
        const answer = call(instance, what, bytes, second);
        if (bytes.length + second.length > LARGE) tool.instance = undefined;
        const { inspection } = answer;
        if (inspection?.kind === "module" && bytes.length > VALIDATED) inspection.refused = !WebAssembly.validate(bytes);
        postMessage({ answer });
    } catch (thrown) {
        const error = /** @type {Error} */ (thrown);
        tool.instance = undefined;
        const trapped = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
        postMessage({ broken: trapped ? `the ${tool.name} gave up on this (${error.message}), which is a mistake of ours` : error.message });
    }
};

/** A file is read here, and not in the page. @param {Blob | Uint8Array<ArrayBuffer> | string} input */
async function bytesOf(input) {
    if (typeof input === "string") return new TextEncoder().encode(input);
    return input instanceof Blob ? new Uint8Array(await input.arrayBuffer()) : input;
}

/**
 * Fetches and compiles it once, and gives it an instance if it has none.
 *
 * @param {Tool} tool
 * @param {string} root
 */
async function load(tool, root) {
    tool.module ??= await fetched(tool, root);
    tool.instance ??= await WebAssembly.instantiate(tool.module, {});
    return tool.instance;
}

/**
 * @param {Tool} tool
 * @param {string} root
 */
async function fetched(tool, root) {
    let response;
    try {
        response = await fetch(new URL(tool.file, root));
    } catch {
        throw new Error(`the ${tool.name} could not be fetched`);
    }
    if (!response.ok) throw new Error(`the ${tool.name} is not in this build of the book`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    // Some servers see the name's end, and have the browser unpack it.
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return WebAssembly.compile(bytes);
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return WebAssembly.compile(await new Response(unpacked).arrayBuffer());
}

/**
 * The bytes go into its memory, the answer comes out of it, with the file that was made, if one was. The memory may have moved in
 * between.
 *
 * @param {WebAssembly.Instance} instance
 * @param {string} what
 * @param {Uint8Array} bytes
 * @param {Uint8Array} other
 */
function call(instance, what, bytes, other) {
    const { memory, room, room_for_other: second, answer, made, [what]: question } = /** @type {any} */ (instance.exports);
    put(memory, room, bytes);
    if (second) put(memory, second, other);
    const length = question() >>> 0;
    const said = JSON.parse(new TextDecoder().decode(new Uint8Array(memory.buffer, answer() >>> 0, length)));
    if (what === "shrink" && !said.error) said.made = new Uint8Array(memory.buffer, made() >>> 0, said.size).slice();
    return said;
}

/**
 * @param {WebAssembly.Memory} memory
 * @param {(length: number) => number} place
 * @param {Uint8Array} bytes
 */
function put(memory, place, bytes) {
    const address = place(bytes.length) >>> 0;
    if (address === 0) throw new Error(`there is not enough memory for ${bytes.length} bytes`);
    new Uint8Array(memory.buffer, address, bytes.length).set(bytes);
}
