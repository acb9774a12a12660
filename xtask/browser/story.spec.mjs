// @ts-check
// What leads a reader through the book: the walk on the first page, the guesses, the maps, the scissors, and old addresses.

import { expect, test } from "./book.mjs";
import { chosen, RUN } from "./plan.mjs";

/** How long the assembler may take to come, in milliseconds. */
const PATIENCE = 20_000;

for (const path of chosen(["/"])) {
    test("the first page walks down to single bytes", async ({ page, open }) => {
        await open(path);
        const walk = page.locator(".walk");
        await expect(walk.locator(".walk-told")).toContainText("2,167,634 bytes");
        const slider = walk.getByRole("slider");
        await slider.focus();
        await page.keyboard.press("ArrowRight");
        await expect(walk.locator(".walk-told")).toContainText("fewer");
        await page.keyboard.press("End");
        await expect(walk.locator(".walk-told")).toContainText("96 bytes");
        await expect(walk.locator(".walk-bytes span")).toHaveCount(96);
        await walk.getByRole("button", { name: "Back" }).click();
        await expect(walk.locator(".walk-bytes span")).toHaveCount(97);
        expect((await walk.locator(".walk-told a").getAttribute("href")) ?? "").toContain("17-ninety-seven.html");
    });
}

for (const path of chosen(["/1-two-megabytes-to-97/03-strip.html"])) {
    test("a guess is taken, judged and remembered", async ({ page, open }) => {
        await open(path);
        const guess = page.locator(".guess");
        await guess.getByRole("button", { name: "larger" }).click();
        await expect(guess.getByRole("status")).toContainText("No. It has");
        await expect(guess.getByRole("status")).toContainText("right 0 of 1 times");
        // The first guess counts.
        await guess.getByRole("button", { name: "smaller" }).click();
        await expect(guess.getByRole("status")).toContainText("right 0 of 1 times");
        await page.reload();
        await expect(page.locator(".guess").getByRole("button", { name: "larger" })).toHaveAttribute("aria-pressed", "true");
    });

    test("a page says where it is", async ({ page, open }) => {
        await open(path);
        await expect(page.locator(".map .here")).toHaveCount(1);
        await expect(page.locator(".where")).toContainText("compared with");
        await expect(page.locator(".turn [rel=prev]")).toContainText("bytes");
        await expect(page.locator(".turn [rel=next]")).toContainText("opt-level");
        await expect(page.locator(".strip rect").first()).toBeVisible();
    });
}

for (const path of chosen([RUN])) {
    test("a byte and an edited text have addresses", async ({ page, open }) => {
        test.slow();
        await open(`${path}#byte=17-ninety-seven:40`);
        await expect(page.locator(".byte-grid td.here")).toHaveCount(1, { timeout: PATIENCE });
        expect(await page.locator(".byte-grid td").evaluateAll((cells) => cells.findIndex((cell) => cell.classList.contains("here")))).toBe(40);
        await expect(page.locator(".byte-detail a")).toHaveAttribute("href", "#byte=17-ninety-seven:40");

        await page.locator(".live button.edit").click();
        const area = page.locator(".editor textarea");
        await expect(area).toBeVisible({ timeout: PATIENCE });
        const text = `;; a note\n${await area.inputValue()}`;
        await area.fill(text);
        const link = page.locator(".edit-link");
        const old = await link.getAttribute("href");
        await expect(link).not.toHaveAttribute("href", old ?? "", { timeout: PATIENCE });
        const address = (await link.getAttribute("href")) ?? "";
        expect(address).toMatch(/^#edit=17-ninety-seven:[\w-]+$/);
        await open(`/glossary.html`);
        await open(`${path}${address}`);
        await expect(page.locator(".editor textarea")).toHaveValue(text, { timeout: PATIENCE });
    });
}

for (const path of chosen(["/1-two-megabytes-to-97/13-by-hand.html"])) {
    test("the scissors keep a list of cuts", async ({ page, open }) => {
        test.slow();
        await open(path);
        await page.getByRole("button", { name: "Cut it down here" }).click();
        const area = page.locator(".editor textarea").first();
        await expect(area).toBeVisible({ timeout: PATIENCE });
        const cuts = page.locator(".cuts").first();
        await expect(cuts).toBeHidden();
        const text = await area.inputValue();
        const cut = text.split("\n").filter((line) => !line.includes('(export "__main_void"')).join("\n");
        expect(cut.length, "the module exports what can go").toBeLessThan(text.length);
        await area.fill(cut);
        await expect(cuts.locator("li")).toHaveCount(1, { timeout: PATIENCE });
        await expect(cuts).toContainText("it still returns from _start");
    });

    test("an old address leads to where its text is now", async ({ page, open }) => {
        await open(path);
        await page.goto(new URL("12-own-start.html", page.url()).href);
        await page.waitForURL("**/11-no-std-alone.html#12-own-start");
        await expect(page.locator("[id='12-own-start']")).toBeVisible();
    });
}

for (const path of chosen(["/5-below-across-beyond/golf-course.html"])) {
    test("a hole of the course is judged, and the score card has it", async ({ page, open }) => {
        await open(path);
        const row = page.locator("tr[data-best*='02-answer']");
        await expect(row.locator(".yours")).toHaveText("–");
        const hole = page.locator(".live[data-step='course/02-answer']");
        await hole.locator("button.edit").click();
        const area = hole.locator(".editor textarea");
        await expect(area).toBeVisible({ timeout: PATIENCE });
        await expect(hole.locator(".goal")).toContainText("Par is");
        // Its names cost something: without one it is smaller, and not yet at par.
        await area.fill((await area.inputValue()).replaceAll(" $seven", "").replace("call", "call 0"));
        await expect(hole.locator(".reached")).toContainText("over par", { timeout: PATIENCE });
        await expect(row.locator(".yours")).toContainText("over");
        // Another answer does not count.
        const short = '(module (func (export "answer") (result i32) i32.const 41))';
        await area.fill(short);
        await expect(hole.locator(".ran")).toContainText("and the page’s does not", { timeout: PATIENCE });
        await expect(hole.locator(".reached")).toHaveText("");
        await area.fill(short.replace("41", "42"));
        await expect(hole.locator(".reached")).toContainText("That is par", { timeout: PATIENCE });
        await expect(row.locator(".yours")).toContainText("(par)");
        await page.reload();
        await expect(row.locator(".yours")).toContainText("(par)");
    });
}
