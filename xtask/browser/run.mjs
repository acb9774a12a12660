// The Run buttons: what a module does in the page is what its snapshot has, or differs as the table of engines knows. What could hold a
// reader up is stopped, and nothing is fetched before it is asked for.

import { audit } from "./axe.mjs";
import { open, tour, wear } from "./open.mjs";

/** `(module (import WASI "fd_write") … (loop …))`: prints a line for ever, of 4 bytes or of 4 MiB; or does nothing for ever. */
const PRINTS = (length) => "0061736d01000000" + "010c0260047f7f7f7f017f600000"
    + "0223" + "0116" + hex("wasi_snapshot_preview1") + "08" + hex("fd_write") + "0000"
    + "03020101" + "05030100" + "41" + "0713" + "02" + "06" + hex("memory") + "0200" + "06" + hex("_start") + "0001"
    + "0a14" + "01" + "12" + "00" + "0340" + "4101" + "4100" + "4101" + "4110" + "1000" + "1a" + "0c00" + "0b" + "0b"
    + "0b0e" + "01" + "004100" + "0b" + "08" + "20000000" + length;
const LOOPS = "0061736d01000000" + "010401600000" + "03020100" + "070a01" + "06" + hex("_start") + "0000" + "0a09" + "0107" + "00" + "0340" + "0c00" + "0b" + "0b";

function hex(text) {
    return [...text].map((c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

export default async function (browser, address, views, pages, wrong) {
    const candidates = [];
    for (const path of pages.filter((path) => !path.endsWith("/print.html") && !path.startsWith("/own/"))) {
        // A page without a button need not be opened here.
        const text = await (await fetch(address + path)).text();
        if (text.includes('<button class="run"')) candidates.push(path);
    }
    let looked = 0;
    // The page is opened once, and seen in all windows: there are many, and to open them takes the longest.
    await tour(browser, address, views[0], candidates, wrong, async (page, path, problem) => {
        const before = await page.evaluate(() => performance.getEntriesByType("resource").map((entry) => entry.name));
        for (const url of before) if (/\/(live|modules)\//.test(url)) problem(`asks for ${url} before anything is pressed`);
        for (const view of views) {
            const here = (what) => wrong(path, view, what);
            await page.setViewportSize({ width: view.width, height: view.height });
            if (!(await wear(page, view.theme))) here(`there is no theme ${view.theme}`);
            await runs(page, here);
        }
        looked += 1;
    }, { audited: true });
    // What is wrong with the machinery is wrong on every page: one will do, of a module that stands in the page.
    const small = candidates.find((path) => path.endsWith("/17-ninety-seven.html"));
    if (small) {
        const problem = (what) => wrong(small, views[0], what);
        await stopped(browser, address, views[0], small, problem);
        await typed(browser, address, views[0], small, problem);
    }
    return looked;
}

/** Presses the page's button. */
async function runs(page, problem) {
    const blocks = await page.locator(".live:has(button.run)").all();
    if (blocks.length !== 1) problem(`${blocks.length} blocks with buttons: only the page's own step has one`);
    const [block] = blocks;
    if (!await block.locator("button.run").isVisible()) problem("the Run button is not to be seen");
    await press(block, problem);
    const [same, differs] = [await block.getAttribute("data-same"), await block.getAttribute("data-differs")];
    const said = await block.locator(".live-run").innerText();
    if (same !== String(differs === null)) problem(`a module does something else in the page: ${said}`);
    if (differs !== null && !said.includes(differs)) problem(`it does not say why it differs: ${said}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wide > 1) problem(`with what the module did the page is ${wide} pixels wider than the window`);
    await audit(page, problem, { within: ".live" });
}

/** Presses Run, and waits for the end. Returns how long it took. */
async function press(block, problem) {
    const began = Date.now();
    await block.evaluate((block) => { delete block.dataset.same; });
    await block.locator("button.run").click();
    await block.locator("xpath=self::*[@data-same]").waitFor({ state: "attached", timeout: 15_000 })
        .catch(async () => problem(`never comes to an end: ${await block.locator(".live-run").innerText()}`));
    await block.locator("button.run[aria-disabled=false]").waitFor({ timeout: 5000 }).catch(() => problem("the button is not given back"));
    return Date.now() - began;
}

/** A module that never ends, and ones that print without end, in the place of the page's own. */
async function stopped(browser, address, view, path, problem) {
    const page = await open(browser, address, view, path, problem);
    const block = page.locator(".live");
    for (const [module, words, least] of [
        [LOOPS, "stopped after 2 s", 2000],
        [PRINTS("04000000"), "stopped after 64 KB of output", 0],
        [PRINTS("00004000"), "stopped after 64 KB of output", 0],
        [PRINTS("00000000"), "stopped after 64 KB of output", 0],
        ["00", "refused: ", 0],
        ["", "refused: ", 0],
    ]) {
        await block.evaluate((block, module) => { block.dataset.module = module; }, module);
        const took = await press(block, problem);
        const said = await block.locator(".live-run").innerText();
        const name = `${module.length / 2} bytes that should be "${words}"`;
        if (!said.includes(words)) problem(`${name}: ${said.slice(0, 300)}`);
        if (took < least || took > least + 6000) problem(`${name} took ${took} ms`);
        if (said.length > 70_000) problem(`${name} shows ${said.length} characters`);
        if (await block.getAttribute("data-same") !== "false") problem(`${name} counts as the snapshot's`);
        // The page is alive.
        await page.evaluate(() => new Promise(requestAnimationFrame));
    }
    await page.context().close();
}

/** The same without a pointer: the button comes with the Tab key, and keeps the focus. */
async function typed(browser, address, view, path, problem) {
    const page = await open(browser, address, view, path, problem);
    const focused = () => page.evaluate(() => document.activeElement?.matches(".live button.run"));
    await page.locator("main h1 a").first().focus();
    for (let presses = 0; presses < 80 && !await focused(); presses += 1) await page.keyboard.press("Tab");
    if (!await focused()) problem("the Tab key does not come to the Run button");
    await page.keyboard.press("Enter");
    await page.locator(".live[data-same=true]").waitFor({ timeout: 10_000 }).catch(() => problem("Enter does not run the module"));
    if (!await focused()) problem("the Run button has lost the focus");
    // Once more: the same again, and not twice as much.
    const said = await page.locator(".live-run").innerText();
    await page.evaluate(() => { delete document.querySelector(".live").dataset.same; });
    await page.keyboard.press(" ");
    await page.locator(".live[data-same=true]").waitFor({ timeout: 10_000 }).catch(() => problem("a module does not run twice"));
    const again = await page.locator(".live-run").innerText();
    if (again !== said) problem(`says something else the second time: ${again}`);
    if (await page.locator(".live-run [role=status]").count() !== 1) problem("the result is not announced");
    await page.context().close();
}
