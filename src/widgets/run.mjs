// @ts-check
// Runs a step's module in the page, and sets what came of it beside what the snapshot's engine said.
import { bytesOf } from "./page.mjs";

/**
 * Runs the bytes of a module, and promises `{ outcome, code, reason, stdout, stderr }` as Part 3's host does; two outcomes are
 * new: "stopped" when its time was over, and "too much output". Of a library, `calls` says what to call, such as `["add 40 2"]`:
 * the promise then has `calls` with a result for each, which has its `values`. For an empty list it is instantiated, and nothing
 * else; the result has its `exports`.
 *
 * @param {Uint8Array} bytes
 * @param {Guest & { calls?: string[] }} guest
 * @returns {Promise<AnyRun>}
 */
export async function runModule(bytes, { args = [], env = {}, stdin = "", calls } = {}, milliseconds = 2000) {
    const guest = { args: ["module", ...args], env, stdin };
    if (calls === undefined) return inWorker({ bytes, guest }, milliseconds);
    if (calls.length === 0) return inWorker({ bytes, guest, call: null }, milliseconds);
    // Each in an instance of its own, as the snapshot's, and one that never ends takes none with it.
    /** @type {AnyRun[]} */
    const results = [];
    for (const call of calls) results.push({ call, ...await inWorker({ bytes, guest, call }, milliseconds) });
    const bad = results.find((result) => result.outcome !== "returned");
    const { outcome, reason } = bad ?? results[0];
    return { outcome, reason, stdout: "", stderr: "", calls: results };
}

/**
 * One run in a worker of its own, which is ended when its time is up. The time begins when the worker has been loaded.
 *
 * @param {{ bytes: Uint8Array, guest: Guest, call?: string | null }} job
 * @param {number} milliseconds
 * @returns {Promise<Ran>}
 */
function inWorker(job, milliseconds) {
    const worker = new Worker(new URL("worker.mjs", import.meta.url), { type: "module" });
    /** @type {Record<number, Uint8Array<ArrayBuffer>[]>} */
    const printed = { 1: [], 2: [] };
    return new Promise((resolve, reject) => {
        let clock = 0;
        const end = () => {
            clearTimeout(clock);
            worker.terminate();
        };
        const stop = async () => {
            const [stdout, stderr] = await Promise.all([1, 2].map((fd) => new Blob(printed[fd]).text()));
            end();
            resolve({ outcome: "stopped", reason: `after ${milliseconds / 1000} s`, stdout, stderr });
        };
        worker.onmessage = ({ data }) => {
            if (data === "ready") {
                clock = window.setTimeout(stop, milliseconds);
                worker.postMessage(job);
            } else if (data.fd) {
                printed[data.fd].push(data.bytes);
            } else {
                end();
                resolve(data);
            }
        };
        worker.onerror = (event) => {
            event.preventDefault();
            end();
            reject(new Error(event.message || "the worker does not start"));
        };
    });
}

/**
 * How a run ended, in the words that the book has for it.
 *
 * @param {AnyRun} run
 */
export function told({ outcome, code, reason, values, exports }) {
    if (values) return values.length > 0 ? values.join(", ") : "returned";
    if (exports) {
        const names = exports.map(([name, kind]) => `${name || "the empty name"} (${kind})`);
        return `instantiated; it exports ${names.join(", ") || "nothing"}`;
    }
    switch (outcome) {
        case "returned": return "returned from `_start`";
        case "exited": return `exited with code ${code}`;
        case "stopped": return `stopped ${reason}`;
        case "too much output": return "stopped after 64 KB of output";
        default: return `${outcome}: ${reason}`;
    }
}

/**
 * The button's: runs the block's module, and shows everything in `output`.
 *
 * @param {HTMLElement} block
 * @param {HTMLElement} output
 */
export default async function (block, output) {
    const { said = "", engine = "", differs } = block.dataset;
    const parsed = (/** @type {string} */ name) => JSON.parse(block.dataset[name] || "null") ?? undefined;
    const [guest, expected] = ["guest", "expected"].map(parsed);
    /** @type {{ call: string, outcome: Ended["outcome"], said: string }[] | undefined} */
    const calls = parsed("calls");

    // It is there before it has something to say, so that it is heard when it has.
    const status = output.firstElementChild ?? element(output, "div");
    status.setAttribute("role", "status");
    status.textContent = "Running …";
    [...output.children].slice(1).forEach((old) => old.remove());

    const ran = await runModule(await bytesOf(block), { ...guest, calls: calls?.map(({ call }) => call) });
    status.textContent = "";
    for (const [name, text] of [["stdout", ran.stdout], ["stderr", ran.stderr]]) {
        if (!name || !text) continue;
        // A long text is there to be read, and not to be read aloud whole.
        const lines = text.replace(/\n$/, "").split("\n").map((line) => `${name}: ${line}`);
        const place = element(text.length < 1000 ? status : output, "pre", lines.join("\n"));
        place.tabIndex = 0;
        place.setAttribute("role", "group");
        place.ariaLabel = name;
    }

    let same;
    if (calls && ran.calls) {
        same = ran.calls.every((result, nth) => result.outcome === calls[nth].outcome
            && (result.outcome !== "returned" || told(result) === calls[nth].said));
        table(status, ["call", engine, "this browser"],
            ran.calls.map((result, nth) => [result.call ?? "", calls[nth].said, told(result)]));
    } else {
        same = expected
            ? KEYS.every((key) => (expected[key] ?? "") === alike(ran, key))
            : ran.exports !== undefined;
        table(status, ["engine", "what happened"], [[engine, said], ["this browser", told(ran)]]);
    }
    element(status, "p", ran.exports && same ? "Nothing is called here: that is the script's part." : same ? "The same." : differs ? `It differs, and the book knows why: ${differs}.`
        : "It differs, and the book does not know why.");
    block.dataset.same = String(same);
}

/** What is compared of a run with the snapshot. */
const KEYS = /** @type {const} */ (["outcome", "code", "stdout", "stderr"]);

/**
 * What a run has to say about `key`, as the snapshot words it: a return has no code there.
 *
 * @param {AnyRun} ran
 * @param {typeof KEYS[number]} key
 */
function alike(ran, key) {
    return (key === "code" && ran.outcome !== "exited" ? undefined : ran[key]) ?? "";
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Element} parent
 * @param {Tag} name
 */
function element(parent, name, text = "") {
    const made = document.createElement(name);
    made.textContent = text;
    parent.append(made);
    return made;
}

/**
 * A table, whose cells are code: what engines say, and what is called.
 *
 * @param {Element} parent
 * @param {string[]} heads
 * @param {string[][]} rows
 */
function table(parent, heads, rows) {
    const made = element(parent, "table");
    const head = element(element(made, "thead"), "tr");
    for (const text of heads) element(head, "th", text).scope = "col";
    const body = element(made, "tbody");
    for (const [first, ...rest] of rows) {
        const row = element(body, "tr");
        element(row, "th", first).scope = "row";
        for (const text of rest) element(row, "td", text);
    }
}
