// @ts-check
// Prints a JSON list from which the workflows make one job each: node .ci/list.mjs articles|engines|releases
import { readdirSync, readFileSync } from "node:fs";

const from = (/** @type {string} */ path) => new URL(`../${path}`, import.meta.url);
const text = (/** @type {string} */ path) => readFileSync(from(path), "utf8");

/** @type {Record<string, () => string[]>} */
const lists = {
    articles: () => readdirSync(from("chapters-code/then/"), { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name !== "target")
        .map((entry) => entry.name)
        .sort(),
    // The columns of the table: what CI checks is that it is right.
    engines: () => {
        /** @type {{ engines: { engine: string }[] }} */
        const { engines } = JSON.parse(text("chapters-code/studies/matrix.json"));
        return engines.map(({ engine }) => engine);
    },
    // A jump between two releases is checked only when both are named, so each pair is an item too.
    releases: () => {
        /** @type {{ releases: { version: string }[], jumps: { from: string, to: string }[] }} */
        const { releases, jumps } = JSON.parse(text("chapters-code/studies/timeline.json"));
        return [...releases.map(({ version }) => version), ...new Set(jumps.map(({ from, to }) => `${from} ${to}`))];
    },
};

const list = lists[process.argv[2]]();
// The items become arguments of commands.
if (list.length < 2 || !list.every((item) => /^[a-z0-9][a-z0-9. -]*$/.test(item))) {
    throw new Error(`not a list: ${list}`);
}
console.log(JSON.stringify(list));
