// @ts-check
// axe-core: what keeps a reader with a screen reader, a keyboard or weak eyes from reading.

import { createRequire } from "node:module";

import { AxeBuilder } from "@axe-core/playwright";
import { expect } from "@playwright/test";

/** The file of axe-core, for pages that have it from the beginning: to put it into a loaded page takes a third of a second more. */
export const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/**
 * What is not asked, with the reason.
 *
 * @type {{ rule: string, selector: string, why: string }[]}
 */
const EXCUSED = [];

/** How bad it has to be. */
const IMPACTS = ["serious", "critical", "moderate"];

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];

/** The rules whose answers depend on colours and on the window's size, and not only on what the page says. */
export const LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"];

/**
 * Has axe check the page as it is now.
 *
 * @param {import("@playwright/test").Page} page
 * @param {object} options
 * @param {string[]} [options.only] The rules to check, if not all.
 * @param {boolean} [options.contents] With the table of contents, which is long and the same on all pages.
 * @param {string} [options.within] A part of the page, if not all of it.
 * @param {string} [options.when] The state of the page, for the message.
 */
export async function audit(page, { only, contents = false, within, when } = {}) {
    // What the page's scripts do when something has another size than before (theme/access.js), they do with the next frame. On a busy
    // machine that is later than the next line.
    const here = await page.evaluate(() => new Promise((settled) => {
        requestAnimationFrame(() => requestAnimationFrame(() => settled("axe" in window)));
    }));
    const builder = new AxeBuilder({ page, axeSource: here ? "void 0" : undefined })
        // The pages have no frames, and the other mode opens a blank page each time.
        .setLegacyMode()
        .options({ resultTypes: ["violations"], runOnly: only ? { type: "rule", values: only } : { type: "tag", values: TAGS } });
    if (within) builder.include(within);
    else if (!contents) builder.exclude("#mdbook-sidebar");
    // Further down, the bar that stays above the page lies over whatever has been scrolled under it.
    const from = await page.evaluate(() => {
        const from = window.scrollY;
        window.scrollTo({ top: 0, behavior: "instant" });
        return from;
    });
    const { violations } = await builder.analyze();
    await page.evaluate((top) => window.scrollTo({ top, behavior: "instant" }), from);
    const problems = [];
    for (const { id, impact, help, nodes } of violations) {
        const excuses = EXCUSED.filter(({ rule }) => rule === id).map(({ selector }) => selector);
        const told = [];
        for (const node of nodes) {
            const target = node.target.join(" ");
            if (!IMPACTS.includes(node.impact ?? impact ?? "")) continue;
            if (excuses.length > 0 && await page.locator(target).evaluate((element, excuses) => excuses.some((one) => element.matches(one)), excuses)) continue;
            told.push(`${target} ${node.html.slice(0, 160)} (${node.failureSummary?.split("\n").slice(1).join(" ").trim()})`);
        }
        if (told.length > 0) problems.push(`${id} (${impact}), ${help}: ${told.length} times: ${told.slice(0, 3).join(" | ")}`);
    }
    expect.soft(problems, `axe${when ? `, ${when}` : ""}`).toEqual([]);
}
