// @ts-check
// The book's instrument, asked from a page: what is in a module, what is each of its bytes, which bytes does a text make, and what
// the scales say of whole files.
// It is WebAssembly itself, and works in a worker of its own, so that the page never waits for it.

import { root } from "./page.mjs";

/** No question is worth more time than this, in milliseconds. */
const PATIENCE = 10_000;

/** @type {Worker | undefined} */
let worker;
/** @type {Promise<unknown>} */
let queue = Promise.resolve();

/**
 * What a module or component is made of: promises `{ inspection }` or `{ error: { offset, message } }`. Takes bytes or a file.
 *
 * @type {(bytes: Uint8Array | Blob) => Promise<Inspected>}
 */
export const inspect = (bytes) => ask("inspect", bytes);

/**
 * What each byte is for: promises `{ spans, lines, unprinted? }` or `{ error: { offset, message } }`.
 *
 * @type {(bytes: Uint8Array) => Promise<Look>}
 */
export const look = (bytes) => ask("look", bytes);

/**
 * The bytes that a text makes: promises `{ bytes, places }`, the bytes in hexadecimal, or `{ error: { line, column, message } }`.
 *
 * @type {(text: string) => Promise<Assembled>}
 */
export const assemble = (text) => ask("assemble", text);

/**
 * What weighs how much: promises `{ shares }` or `{ error }`.
 *
 * @type {(bytes: Blob) => Promise<{ shares?: Share[], error?: Mistake }>}
 */
export const top = (bytes) => ask("top", bytes);

/**
 * Why the thing of a name is in a module.
 *
 * @type {(bytes: Blob, name: string) => Promise<Why & { error?: Mistake }>}
 */
export const why = (bytes, name) => ask("why", bytes, name);

/**
 * What is different in a module from an older one.
 *
 * @type {(bytes: Blob, older: Blob) => Promise<Diff & { error?: Mistake }>}
 */
export const diff = (bytes, older) => ask("diff", bytes, older);

/**
 * A smaller file that does the same, and the receipt for it.
 *
 * @type {(bytes: Blob) => Promise<{ size: number, cuts: Cut[], left: { place: string, why: string }[], made: Uint8Array<ArrayBuffer>, error?: Mistake }>}
 */
export const shrink = (bytes) => ask("shrink", bytes);

/** @typedef {"inspect" | "look" | "assemble" | "top" | "why" | "diff" | "shrink"} Question */

/**
 * One question after the other. The promise is broken, with an Error that says why, if there can be no answer.
 *
 * @param {Question} what
 * @param {Uint8Array | Blob | string} input
 * @param {Blob | string} other the second input, of questions that have one
 * @returns {Promise<any>}
 */
function ask(what, input, other = "") {
    const answer = queue.then(() => answered(what, input, other));
    queue = answer.catch(() => {});
    return answer;
}

/**
 * @param {Question} what
 * @param {Uint8Array | Blob | string} input
 * @param {Blob | string} other
 */
function answered(what, input, other) {
    worker ??= new Worker(new URL("widgets/instrument-worker.mjs", root), { type: "module" });
    const asked = worker;
    return new Promise((resolve, reject) => {
        let timer = 0;
        const end = (/** @type {string | undefined} */ error = undefined) => {
            clearTimeout(timer);
            asked.onmessage = asked.onerror = null;
            if (error === undefined) return;
            // Whatever state it is in: the next question has a new one.
            asked.terminate();
            worker = undefined;
            reject(new Error(error));
        };
        asked.onmessage = ({ data }) => {
            if (data.working) {
                // What it takes to fetch the instrument is the network's time, not its own.
                timer = window.setTimeout(() => end(`stopped: there was no answer within ${PATIENCE / 1000} seconds`), PATIENCE);
            } else if (data.broken !== undefined) {
                end(data.broken);
            } else {
                end();
                resolve(data.answer);
            }
        };
        asked.onerror = (event) => {
            event.preventDefault();
            end(`the instrument's worker did not start${event.message ? `: ${event.message}` : ""}`);
        };
        asked.postMessage({ what, input, other, root });
    });
}
