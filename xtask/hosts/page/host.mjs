// @ts-check
// A page in a browser, with Part 3's host for WASI in it: runs modules there and says what happened. The engine is the browser's,
// the WASI is the book's own.
//
//   node host.mjs MODULE.wasm [--arg=A]… [--env=NAME=VALUE]… [--stdin FILE] [--time-ms N] [--report FILE]
//   node host.mjs --many LIST.json --report FILE
//   node host.mjs --version-of-engine
//
// LIST.json is an array of objects: module (a file), args, env, stdin (a text). The report is then an array of outcomes, with what
// each wrote as stdout and stderr. One browser runs them all; each module has a worker of its own, which is ended when its time is up.
//
// PLAYWRIGHT and CHROMIUM, in the environment, are where playwright-core and the browser lie, HOST where Part 3's host does.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const ORIGIN = "http://page.invalid";

/**
 * @typedef {import("../outcome.d.ts").Outcome} Outcome
 * @typedef {Outcome & { stdout: string, stderr: string }} Run What Part 3's host says of a run.
 * @typedef {{ args: string[], env: Record<string, string>, stdin: string }} Guest
 */

/**
 * In the page: runs bytes in a worker, which is ended after `time` milliseconds.
 *
 * @param {[bytes: string, guest: Guest, time: number]} job
 * @returns {Promise<Run>}
 */
function inWorker([bytes, guest, time]) {
    const module = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));
    const worker = new Worker("/worker.mjs", { type: "module" });
    const silent = { stdout: "", stderr: "" };
    return new Promise((resolve) => {
        const end = (/** @type {Run} */ outcome) => { worker.terminate(); resolve(outcome); };
        worker.onmessage = ({ data }) => end(data);
        worker.onerror = (event) => end({ ...silent, outcome: "refused", reason: event.message });
        setTimeout(() => end({ ...silent, outcome: "out of time" }), time);
        worker.postMessage([module, guest]);
    });
}

const WORKER = `import { run } from "/host.mjs";
onmessage = async ({ data: [bytes, guest] }) => postMessage(await run(bytes, guest));
`;

const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
        arg: { type: "string", multiple: true, default: [] },
        env: { type: "string", multiple: true, default: [] },
        stdin: { type: "string" },
        many: { type: "string" },
        report: { type: "string" },
        "time-ms": { type: "string", default: "1500" },
        "version-of-engine": { type: "boolean", default: false },
        fuel: { type: "string" },
        "memory-pages": { type: "string" },
        "stack-kib": { type: "string" },
    },
});
const { PLAYWRIGHT: playwright = "", CHROMIUM: executablePath, HOST: host = "" } = process.env;
/** @type {typeof import("playwright-core")} */
const { chromium } = (await import(pathToFileURL(playwright).href)).default;
const browser = await chromium.launch({
    executablePath,
    // The tools end this program when they have waited long enough.
    timeout: 0,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"],
});
try {
    if (values["version-of-engine"]) {
        console.log(`the book's host in Chromium ${browser.version()}`);
    } else {
        /** @type {(Guest & { module: string })[]} */
        const list = values.many ? JSON.parse(readFileSync(values.many, "utf8")) : [{
            module: positionals[0],
            args: values.arg,
            env: Object.fromEntries(values.env.map((pair) => [pair.split("=", 1)[0], pair.slice(pair.indexOf("=") + 1)])),
            stdin: values.stdin ? readFileSync(values.stdin, "utf8") : "",
        }];
        const page = await (await browser.newContext()).newPage();
        // Nothing is fetched from anywhere: these three are all that the page can ask for.
        await page.route("**/*", (route) => {
            const path = new URL(route.request().url()).pathname;
            const js = (/** @type {string} */ body) => route.fulfill({ contentType: "text/javascript", body });
            if (path === "/host.mjs") return js(readFileSync(host, "utf8"));
            if (path === "/worker.mjs") return js(WORKER);
            return route.fulfill({ contentType: "text/html", body: "<!doctype html><title>host</title>" });
        });
        await page.goto(ORIGIN);
        const outcomes = [];
        for (const { module, args, env, stdin } of list) {
            const bytes = readFileSync(module).toString("base64");
            /** @type {Parameters<typeof inWorker>[0]} */
            const job = [bytes, { args: ["module", ...args], env, stdin }, Number(values["time-ms"])];
            outcomes.push(await page.evaluate(inWorker, job));
        }
        // Part 3's host gives a code to a return too.
        for (const outcome of outcomes) if (outcome.outcome === "returned" && "code" in outcome) delete outcome.code;
        if (values.many) {
            writeFileSync(/** @type {string} */ (values.report), JSON.stringify(outcomes));
        } else {
            const { stdout, stderr, ...outcome } = outcomes[0];
            process.stdout.write(stdout);
            process.stderr.write(stderr);
            if (values.report) writeFileSync(values.report, JSON.stringify(outcome));
            else console.error(JSON.stringify(outcome));
            if (!values.report && outcome.outcome !== "returned") process.exitCode = outcome.outcome === "exited" ? outcome.code : 1;
        }
    }
} finally {
    await browser.close();
}
