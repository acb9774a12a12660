// @ts-check
// Reads the output of `cargo xtask verify --json` for the scripts in this folder:
//
//   node .ci/told.mjs problems FILE   prints the problems
//   node .ci/told.mjs steps FILE...   prints one line for each step, sorted
//   node .ci/told.mjs elsewhere FILE  prints the problems, and fails if any step was skipped that this system can run
import { readFileSync } from "node:fs";

const [what, ...files] = process.argv.slice(2);
/**
 * @typedef {{ path: string, status: string, size?: number, outcome?: string, problem?: string }} Step
 * @type {{ ok: boolean, steps: Step[], book?: unknown[] }[]}
 */
const told = files.map((file) => JSON.parse(readFileSync(file, "utf8")));
const steps = told.flatMap((one) => one.steps);

function problems() {
    for (const step of steps.filter((step) => step.problem)) {
        console.log(`\n${step.status} ${step.path}: ${step.problem}`);
    }
    for (const finding of told.flatMap((one) => one.book ?? [])) {
        console.log(`\nthe book: ${JSON.stringify(finding)}`);
    }
}

/**
 * Whether a step is a program for Linux, or runs on an engine whose host does not build on this system.
 *
 * @param {Step} step
 */
function elsewhere(step) {
    const text = (/** @type {string} */ file) => readFileSync(new URL(`../chapters-code/${step.path}/${file}`, import.meta.url), "utf8");
    return /^target *= *".*-linux-/m.test(text(".cargo/config.toml"))
        || (process.platform === "win32" && /^engines *=.*"wamr/m.test(text("Cargo.toml")));
}

switch (what) {
    case "problems":
        problems();
        break;
    case "steps":
        for (const line of steps.map(({ path, status, size, outcome }) => JSON.stringify([path, status, size, outcome])).sort()) {
            console.log(line);
        }
        break;
    case "elsewhere": {
        problems();
        const skipped = steps.filter((step) => step.status === "skipped");
        const wrong = skipped.filter((step) => !elsewhere(step));
        console.log(`\n${steps.length} steps, ${skipped.length} of them skipped`);
        for (const step of wrong) {
            console.log(`${step.path} was skipped, but this system can run it`);
        }
        process.exitCode = told.every((one) => one.ok) && wrong.length === 0 && steps.length > skipped.length ? 0 : 1;
        break;
    }
    default:
        throw new Error(`there is no ${what}: see the top of this file`);
}
