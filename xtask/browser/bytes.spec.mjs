// @ts-check
// The view of a module's bytes, by keyboard and with the mouse.

import { audit } from "./audit.mjs";
import { expect, fits, picture, test, wear } from "./book.mjs";
import { chosen, RUN, VIEWS } from "./plan.mjs";

/** Pages whose bytes are walked through one by one: the title's, one with globals and loops, one with data and names. */
const SMALL = [RUN, "/2-the-library-way/44-bump.html", "/3-wasi-by-hand/01-hello-wasi.html"];

/** @param {number} byte */
const hex = (byte) => byte.toString(16).padStart(2, "0");

/** @param {string} text */
const flat = (text) => text.replace(/\s+/g, " ");

for (const path of chosen(SMALL)) {
    test(path, async ({ page, open, view }) => {
        await open(path);
        const block = page.locator(".live").first();
        const button = block.locator("button.look");
        const module = await block.getAttribute("data-module") ?? "";
        await button.focus();
        await page.keyboard.press("Enter");
        const grid = block.locator(".byte-grid");
        await expect(grid, "the view opens").toBeVisible();

        const { spans, took } = await asked(page, module);
        expect.soft(took, "the milliseconds to build the view").toBeLessThanOrEqual(200);
        const size = module.length / 2;
        expect.soft(spans.reduce((sum, span) => sum + span.bytes.length, 0), "the bytes that the spans cover").toBe(size);

        // The grid is one stop of the Tab key, and its first byte has it.
        await button.focus();
        for (let stops = 0; stops < 8 && !(await page.evaluate(() => document.activeElement?.matches(".byte-grid td"))); stops += 1) {
            await page.keyboard.press("Tab");
        }
        expect.soft(await grid.locator("td[tabindex='0']").count(), "the bytes are one stop of the Tab key").toBe(1);

        let reached = 0;
        const wrong = [];
        // What is said of a byte does not depend on the window: a phone's first rows will do.
        const far = view === VIEWS[0] ? size : 24;
        for (let offset = 0; offset < far; offset += 1) {
            if (offset > 0) await page.keyboard.press("ArrowRight");
            const now = await state(page);
            if (now.offset !== offset) {
                wrong.push(`the arrow leads from byte ${offset - 1} to ${now.offset}`);
                break;
            }
            reached += 1;
            const span = spans.find((one) => one.offset <= offset && offset < one.offset + one.bytes.length);
            wrong.push(...(span ? misshown(offset, span, now) : ["it is in no span"]).map((what) => `byte ${offset}: ${what}`));
        }
        expect.soft(wrong, "what is shown of each byte").toEqual([]);
        expect.soft(reached, "the bytes that can be reached").toBe(far);

        const width = await grid.locator("tbody tr").first().locator("td").count();
        expect.soft(width, "bytes a row").toBe(view.width > 600 ? 16 : 8);
        const at = async (/** @type {string} */ key, /** @type {number} */ expected) => {
            await page.keyboard.press(key);
            expect.soft((await state(page)).offset, `the byte to which ${key} leads`).toBe(expected);
        };
        await at("Control+Home", 0);
        await at("End", width - 1);
        await at("ArrowDown", 2 * width - 1);
        await at("Home", width);
        await at("ArrowUp", 0);
        await at("ArrowUp", 0);
        await at("ArrowLeft", 0);
        await at("Control+End", size - 1);
        await page.keyboard.press("PageUp");
        const up = (await state(page)).offset;
        expect.soft(up, "the byte to which PageUp leads").toBeLessThan(size - 1);
        expect.soft(up % width, "its column").toBe((size - 1) % width);
        await at("Control+End", size - 1);
        await at("Home", size - 1 - ((size - 1) % width));

        // The text: a line marks its bytes, and the page stays where it is.
        const lines = block.locator(".wat-lines li");
        const scrolled = () => page.evaluate(() => Math.round(window.scrollY));
        const memory = lines.nth(await lines.evaluateAll((all) => all.findIndex((one) => one.textContent?.includes("(memory"))));
        await memory.scrollIntoViewIfNeeded();
        const before = await scrolled();
        await memory.click();
        expect.soft(await scrolled(), "a click on a line of text does not scroll the page").toBe(before);
        const marked = await grid.locator("td.in-line").count();
        expect.soft(marked, "the bytes that the line of the memory marks").toBeGreaterThanOrEqual(1);
        expect.soft(marked, "the bytes that the line of the memory marks").toBeLessThanOrEqual(6);
        expect.soft(await block.locator(".byte-detail").innerText(), "what the line of the memory shows").toContain("memory");
        const [shown, all] = await block.locator(".wat-lines").evaluate((list) => [list.clientHeight, list.scrollHeight]);
        expect.soft(shown, "the height of the text's box").toBeLessThanOrEqual(400);
        expect.soft(all, "the height of the text").toBeGreaterThanOrEqual(20 * await lines.count());
        // With the mouse, a look in passing.
        await grid.locator("td").nth(0).hover();
        expect.soft(await block.locator(".wat-lines [aria-selected='true']").textContent(), "the line that the first byte lights").toMatch(/^\(module/);

        await audit(page);
        // A byte that is pointed at, and its neighbours, on every background that a reader may choose.
        for (const theme of view.name === "desktop-light" ? ["rust", "coal", "navy", "ayu", view.theme] : [view.theme]) {
            expect.soft(await wear(page, theme), `there is a theme ${theme}`).toBe(true);
            const options = { only: ["color-contrast"], within: ".bytes-and-detail" };
            await memory.click();
            await audit(page, { ...options, when: `in the theme ${theme}` });
            await grid.locator("td").nth(9).hover();
            await audit(page, { ...options, when: `in the theme ${theme}, pointed at` });
        }
        await picture(page, "look", view);
        const asTable = block.locator(".as-table");
        await asTable.focus();
        await page.keyboard.press("Space");
        const rows = await block.locator(".span-table tbody tr").evaluateAll((all) => all
            .map((row) => [...row.querySelectorAll("th, td")].map((cell) => cell.textContent)));
        expect.soft(rows, "the table").toEqual(spans.map((span) => [
            span.offset.toLocaleString("en"), span.bytes.map(hex).join(" "), span.section, span.what, span.value,
        ]));
        await fits(page, " with the table");
        await audit(page, { when: "with the table" });
        await asTable.click();
        expect.soft(await grid.isVisible(), "the bytes come back from the table").toBe(true);
        // The button that opened all this also closes it.
        await button.click();
        await expect(grid, "the button closes the view").toBeHidden();
        await fits(page);
    });
}

/**
 * What the instrument says of a module, to compare with what is shown, and the milliseconds that the view of it takes to build.
 *
 * @param {import("@playwright/test").Page} page
 * @param {string} module
 * @returns {Promise<{ spans: Span[], took: number }>}
 */
async function asked(page, module) {
    return page.evaluate(async (module) => {
        const { look } = await import(new URL(`${path_to_root}widgets/instrument.mjs`, document.baseURI).href);
        const { byteView } = await import(new URL(`${path_to_root}widgets/byte-view.mjs`, document.baseURI).href);
        const bytes = Uint8Array.from(module.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
        const answer = await look(bytes);
        // On a machine that is busy with other things, once is enough.
        const times = Array.from({ length: 5 }, () => {
            const began = performance.now();
            byteView(bytes, answer);
            return performance.now() - began;
        });
        return { spans: answer.spans, took: Math.min(...times) };
    }, module);
}

/**
 * What the page shows of the byte that has the focus.
 *
 * @param {import("@playwright/test").Page} page
 */
async function state(page) {
    return page.evaluate(() => {
        const cells = [...document.querySelectorAll(".byte-grid td")];
        const here = document.activeElement ?? document.body;
        const [box, detail] = [".byte-box", ".byte-detail"].map((selector) => /** @type {HTMLElement} */ (document.querySelector(selector)));
        const [outer, cell] = [box.getBoundingClientRect(), here.getBoundingClientRect()];
        return {
            offset: cells.indexOf(here),
            text: here.textContent,
            detail: detail.innerText,
            span: cells.flatMap((one, i) => (one.classList.contains("in-span") ? [i] : [])),
            line: document.querySelector(".wat-lines [aria-selected='true']")?.textContent,
            seen: cell.top >= outer.top - 1 && cell.bottom <= outer.bottom + 1 && cell.top >= 0 && cell.bottom <= window.innerHeight,
        };
    });
}

/**
 * What is wrong with what is shown of the byte at `offset`, which is in `span`.
 *
 * @param {number} offset
 * @param {Span} span
 * @param {Awaited<ReturnType<typeof state>>} now
 */
function misshown(offset, span, now) {
    const wrong = [];
    const byte = hex(span.bytes[offset - span.offset]);
    const said = flat(now.detail);
    for (const part of [span.section, span.what, span.value, byte, `offset ${offset.toLocaleString("en")}`]) {
        if (!said.includes(flat(part).trim())) wrong.push(`“${part}” is not in “${said}”`);
    }
    if (now.text !== byte) wrong.push(`it is shown as ${now.text}`);
    if (now.span.length !== span.bytes.length || now.span[0] !== span.offset) wrong.push(`its span is marked at ${now.span}`);
    if (!now.seen) wrong.push("it has the focus and is out of sight");
    // An instruction's line begins with its name, or has it somewhere, in the beginning of a global or of data.
    if (span.what === "instruction" && span.value !== "end") {
        const [name] = span.value.split(" ");
        const there = span.section === "code" ? now.line?.trim().startsWith(name) : now.line?.includes(name);
        if (!there) wrong.push(`it is ${span.value}, and the line lit is “${now.line}”`);
    }
    if (span.what === "section id" && now.line) wrong.push(`it is a section's id, and the line “${now.line}” is lit`);
    return wrong;
}
