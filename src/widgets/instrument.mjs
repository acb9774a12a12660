// @ts-check
// The book's instrument, asked from a page: what is in a module, what is each of its bytes, which bytes does a text make.
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
 * One question after the other. The promise is broken, with an Error that says why, if there can be no answer.
 *
 * @param {"inspect" | "look" | "assemble"} what
 * @param {Uint8Array | Blob | string} input
 * @returns {Promise<any>}
 */
function ask(what, input) {
    const answer = queue.then(() => answered(what, input));
    queue = answer.catch(() => {});
    return answer;
}

/**
 * @param {string} what
 * @param {Uint8Array | Blob | string} input
 */
function answered(what, input) {
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
        asked.postMessage({ what, input, root });
    });
}
