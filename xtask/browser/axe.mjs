// axe-core, from npm: what keeps a reader with a screen reader, a keyboard or weak eyes from reading.

import { plan } from "./plan.mjs";

/** What is not asked, each with its reason: `{ rule, selector, why }`. */
const EXCUSED = [];

/** How bad it has to be. */
const IMPACTS = ["serious", "critical", "moderate"];

/**
 * Has axe look at the page as it stands now; `wrong(problem)` hears of each rule that is broken, with the elements that break it.
 * `only`: the ids of the rules to ask, if not all. `contents`: with the table of contents, which is the same on all pages, and
 * long. `within`: a part of the page, if not all of it.
 */
export async function audit(page, wrong, { only = null, contents = false, within = null } = {}) {
    if (!(await page.evaluate(() => "axe" in window))) await page.addScriptTag({ path: plan.axe });
    const violations = await page.evaluate(async ({ only, contents, within }) => {
        const options = {
            resultTypes: ["violations"],
            runOnly: only ? { type: "rule", values: only }
                : { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"] },
        };
        const { violations } = await window.axe.run(within ?? (contents ? document : { exclude: "#mdbook-sidebar" }), options);
        return violations.map(({ id, impact, help, nodes }) => ({
            id, help,
            nodes: nodes.map((node) => ({ impact: node.impact ?? impact, target: node.target.join(" "), html: node.html, why: node.failureSummary })),
        }));
    }, { only, contents, within });
    for (const { id, help, nodes } of violations) {
        const told = [];
        for (const node of nodes.filter((node) => IMPACTS.includes(node.impact))) {
            const excused = await page.evaluate(({ target, excuses }) => {
                const element = document.querySelector(target);
                return excuses.some((selector) => element?.matches(selector));
            }, { target: node.target, excuses: EXCUSED.filter((one) => one.rule === id).map((one) => one.selector) });
            if (!excused) told.push(node);
        }
        if (!told.length) continue;
        const examples = told.slice(0, 3).map((node) => `${node.target} ${node.html.slice(0, 160)} (${node.why.split("\n").slice(1).join(" ").trim()})`);
        wrong(`axe: ${id} (${told[0].impact}), ${help}: ${told.length} times: ${examples.join(" | ")}`);
    }
}
