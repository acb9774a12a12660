// @ts-check
// The smallest honest host for node's own WASI: it runs one command, inside a limit of time, and says what happened.
//
//   node host.mjs MODULE.wasm [--arg=A]… [--env=NAME=VALUE]… [--stdin FILE] [--time-ms N] [--report FILE]
//   node host.mjs --version-of-engine
//
// The outcomes are those of host-wasmtime. Fuel, pages of memory and stack are taken, because every host is told, and without
// effect: node:wasi knows no such limits, and the clock and the parent end what does not end.
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { WASI } from "node:wasi";
import { Worker, parentPort, workerData } from "node:worker_threads";

/** @typedef {import("../outcome.d.ts").Outcome} Outcome */

/**
 * Runs the module, and returns its outcome. What it prints goes to the process's own streams.
 *
 * @param {{ module: string, args: string[], env: string[], stdin?: string }} guest
 * @returns {Promise<Outcome>}
 */
async function run({ module, args, env, stdin }) {
    const wasi = new WASI({
        version: "preview1",
        args: ["module", ...args],
        env: Object.fromEntries(env.map((pair) => [pair.split("=", 1)[0], pair.slice(pair.indexOf("=") + 1)])),
        stdin: openSync(stdin ?? (process.platform === "win32" ? "NUL" : "/dev/null"), "r"),
        returnOnExit: true,
    });
    // `start` returns 0 in both cases; which of them it was shows by who was called.
    /** @type {number | undefined} */
    let exited;
    let left = false;
    const { proc_exit, ...others } = /** @type {Record<string, Function>} */ (wasi.wasiImport);
    const imports = {
        ...wasi.getImportObject(),
        wasi_snapshot_preview1: { ...others, proc_exit: (/** @type {number} */ code) => { left = true; exited = code; return proc_exit(code); } },
    };
    try {
        const { instance } = await WebAssembly.instantiate(readFileSync(module), imports);
        wasi.start(instance);
        if (!left) return { outcome: "returned" };
        // A module may import `proc_exit` with a type of its own.
        return exited === undefined ? { outcome: "refused", reason: "it exits without a code" } : { outcome: "exited", code: exited };
    } catch (error) {
        // What `proc_exit` throws is a symbol. `start` catches it, and nobody does before: a start section runs too early.
        if (typeof error === "symbol") return { outcome: "refused", reason: String(error) };
        // A RangeError is a stack that overflows.
        const trapped = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
        return { outcome: trapped ? "trapped" : "refused", reason: /** @type {Error} */ (error).message };
    }
}

if (parentPort) {
    parentPort.postMessage(await run(workerData));
} else {
    const { values, positionals } = parseArgs({
        allowPositionals: true,
        options: {
            arg: { type: "string", multiple: true, default: [] },
            env: { type: "string", multiple: true, default: [] },
            stdin: { type: "string" },
            report: { type: "string" },
            "time-ms": { type: "string", default: "1500" },
            "version-of-engine": { type: "boolean", default: false },
            // Without effect.
            fuel: { type: "string" },
            "memory-pages": { type: "string" },
            "stack-kib": { type: "string" },
        },
    });
    if (values["version-of-engine"]) {
        console.log(`node:wasi ${process.versions.node}`);
    } else {
        const [module] = positionals;
        // On a thread of its own, so that this one can watch the clock.
        const guest = { module, args: values.arg, env: values.env, stdin: values.stdin };
        /** @type {Outcome} */
        const outcome = await new Promise((resolve, reject) => {
            const worker = new Worker(new URL(import.meta.url), { workerData: guest, execArgv: ["--no-warnings"] });
            worker.once("message", resolve);
            worker.once("error", reject);
            setTimeout(() => resolve({ outcome: "out of time" }), Number(values["time-ms"]));
        });
        if (values.report) writeFileSync(values.report, JSON.stringify(outcome));
        else console.error(JSON.stringify(outcome));
        process.exit(values.report || outcome.outcome === "returned" ? 0 : (outcome.outcome === "exited" ? outcome.code : 1));
    }
}
