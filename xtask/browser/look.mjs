// What the pages take apart: the byte view by keyboard, the editor, the page for a module of the reader's own.

import { readFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";

import { audit } from "./axe.mjs";
import { everywhere, open, together, tour, wear } from "./open.mjs";
import { plan } from "./plan.mjs";

/** Pages whose bytes are walked through one by one: the title's, one with globals and loops, one with data and names. */
const SMALL = ["/1-two-megabytes-to-97/17-ninety-seven.html", "/2-the-library-way/44-bump.html", "/3-wasi-by-hand/01-hello-wasi.html"];
const EDITED = "/1-two-megabytes-to-97/17-ninety-seven.html";
const OWN = "/5-below-across-beyond/your-module.html";

/** What is there has to be there within this time; the machine may be busy. */
const PATIENCE = { timeout: 20_000 };

/** @returns how many pages it has looked at */
export default async function (browser, address, views, pages, wrong) {
    let looked = 0;
    const test = (all, work, atOnce) => together(everywhere(views, all.filter((path) => pages.includes(path)), wrong), async ({ view, path, wrong: problem }) => {
        const page = await open(browser, address, view, path, problem);
        try {
            await work(page, problem, view);
            await wide(page, problem);
        } catch (error) {
            problem(`the test came to no end: ${error.message.split("\n")[0]} ${error.stack.split("\n").find((line) => line.includes("look.mjs")) ?? ""}`);
        }
        looked += 1;
        await page.context().close();
    }, atOnce);
    await test(SMALL, bytes);
    await test([EDITED], editor);
    // Something is timed there, so nothing else is done meanwhile.
    await test([OWN], own, 1);
    // Every other view of bytes opens, and every other editor agrees with its page.
    const more = [];
    for (const path of pages.filter((path) => /^\/\d-.*\/\d\d-/.test(path) && !SMALL.includes(path))) {
        if (/<button class="(look|edit)"/.test(await readFile(`${plan.folder}${path}`, "utf8"))) more.push(path);
    }
    await tour(browser, address, views[0], more, wrong, async (page, path, problem) => {
        looked += 1;
        await opens(page, problem);
    });
    return looked;
}

async function wide(page, problem) {
    const more = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (more > 1) problem(`the page is ${more} pixels wider than the window`);
}

async function picture(page, name, view) {
    if (plan.shots) await page.screenshot({ path: `${plan.shots}/${name}-${view.name}.png`, fullPage: true });
}

/** The bytes, by keyboard alone. */
async function bytes(page, problem, view) {
    const block = page.locator(".live").first();
    const module = await block.getAttribute("data-module");
    await block.locator("button.look").focus();
    await page.keyboard.press("Enter");
    const grid = block.locator(".byte-grid");
    await grid.waitFor(PATIENCE);

    // What the instrument says of them, to compare with what is shown.
    const { spans } = await page.evaluate(async (module) => {
        const { look } = await import(new URL(`${path_to_root}live/instrument.mjs`, document.baseURI));
        const { byteView } = await import(new URL(`${path_to_root}live/look.mjs`, document.baseURI));
        const bytes = Uint8Array.from(module.match(/../g), (byte) => Number.parseInt(byte, 16));
        const answer = await look(bytes);
        // On a machine that is busy with other things, once is enough.
        const times = Array.from({ length: 5 }, () => {
            const began = performance.now();
            byteView(bytes, answer);
            return performance.now() - began;
        });
        return { ...answer, took: Math.min(...times) };
    }, module).then((answer) => {
        if (answer.took > 200) problem(`the view takes ${Math.round(answer.took)} ms to build`);
        return answer;
    });
    const size = module.length / 2;
    const covered = spans.reduce((sum, span) => sum + span.bytes.length, 0);
    if (covered !== size) problem(`the spans cover ${covered} of ${size} bytes`);

    // The grid is one stop of the Tab key, and its first byte has it.
    await block.locator("button.look").focus();
    for (let stops = 0; stops < 8 && !(await page.evaluate(() => document.activeElement.matches(".byte-grid td"))); stops += 1) {
        await page.keyboard.press("Tab");
    }
    if ((await grid.locator("td[tabindex='0']").count()) !== 1) problem("the bytes are not one stop of the Tab key");
    const state = () => page.evaluate(() => {
        const cells = [...document.querySelectorAll(".byte-grid td")];
        const { activeElement: here } = document;
        const box = document.querySelector(".byte-box").getBoundingClientRect();
        const cell = here.getBoundingClientRect();
        return {
            offset: cells.indexOf(here),
            text: here.textContent,
            detail: document.querySelector(".byte-detail").innerText,
            span: cells.flatMap((one, i) => (one.classList.contains("in-span") ? [i] : [])),
            line: document.querySelector(".wat-lines [aria-selected='true']")?.textContent,
            seen: cell.top >= box.top - 1 && cell.bottom <= box.bottom + 1 && cell.top >= 0 && cell.bottom <= window.innerHeight,
        };
    });
    let reached = 0;
    for (let offset = 0; offset < size; offset += 1) {
        if (offset > 0) await page.keyboard.press("ArrowRight");
        const now = await state();
        const span = spans.find((one) => one.offset <= offset && offset < one.offset + one.bytes.length);
        if (now.offset !== offset) {
            problem(`the arrow leads from byte ${offset - 1} to ${now.offset}`);
            break;
        }
        reached += 1;
        const byte = span.bytes[offset - span.offset].toString(16).padStart(2, "0");
        const flat = (text) => text.replace(/\s+/g, " ");
        const said = flat(now.detail);
        for (const part of [span.section, span.what, span.value, byte]) {
            if (!said.includes(flat(part).trim())) problem(`byte ${offset}: “${part}” is not in “${said}”`);
        }
        if (!said.includes(`offset ${offset.toLocaleString("en")}`)) problem(`byte ${offset}: its offset is not in “${said}”`);
        if (now.text !== byte) problem(`byte ${offset} is shown as ${now.text}`);
        if (now.span.length !== span.bytes.length || now.span[0] !== span.offset) problem(`byte ${offset}: its span is marked at ${now.span}`);
        if (!now.seen) problem(`byte ${offset} has the focus and is out of sight`);
        // An instruction's line begins with its name, or has it somewhere, in the beginning of a global or of data.
        if (span.what === "instruction" && span.value !== "end") {
            const [name] = span.value.split(" ");
            const there = span.section === "code" ? now.line?.trim().startsWith(name) : now.line?.includes(name);
            if (!there) problem(`byte ${offset} is ${span.value}, and the line lit is “${now.line}”`);
        }
        if (span.what === "section id" && now.line) problem(`byte ${offset} is a section's id, and the line “${now.line}” is lit`);
    }
    if (reached !== size) problem(`${reached} of ${size} bytes can be reached`);

    const width = await page.evaluate(() => document.querySelector(".byte-grid tbody tr").querySelectorAll("td").length);
    if (width !== (view.width > 600 ? 16 : 8)) problem(`${width} bytes a row`);
    const at = async (key, expected) => {
        await page.keyboard.press(key);
        const { offset } = await state();
        if (offset !== expected) problem(`${key} leads to byte ${offset} and not ${expected}`);
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
    const up = (await state()).offset;
    if (up >= size - 1 || up % width !== (size - 1) % width) problem(`PageUp leads from byte ${size - 1} to ${up}`);
    await at("Control+End", size - 1);
    await at("Home", size - 1 - ((size - 1) % width));

    // The text: a line marks its bytes, and the page stays where it is.
    const lines = block.locator(".wat-lines li");
    const scrolled = () => page.evaluate(() => Math.round(window.scrollY));
    const nth = await lines.evaluateAll((all) => all.findIndex((one) => one.textContent.includes("(memory")));
    await lines.nth(nth).scrollIntoViewIfNeeded();
    const before = await scrolled();
    await lines.nth(nth).click();
    if (await scrolled() !== before) problem("a click on a line of text scrolls the page");
    const marked = await grid.locator("td.in-line").evaluateAll((all) => all.length);
    if (marked < 1 || marked > 6) problem(`the line of the memory marks ${marked} bytes`);
    if (!(await block.locator(".byte-detail").innerText()).includes("memory")) problem("the line of the memory shows something else");
    const [shown, all] = await block.locator(".wat-lines").evaluate((list) => [list.clientHeight, list.scrollHeight]);
    if (shown > 400 || all < 20 * await lines.count()) problem(`the text is ${shown} pixels high, of ${all}`);
    // With the mouse, a look in passing.
    await grid.locator("td").nth(0).hover();
    const first = await block.locator(".wat-lines [aria-selected='true']").textContent();
    if (!first.startsWith("(module")) problem(`the first byte lights “${first}”`);

    await audit(page, problem);
    // A byte that is pointed at, and its neighbours, on every background that a reader may choose.
    for (const theme of view.other ? ["rust", "coal", "navy", "ayu", view.theme] : [view.theme]) {
        if (!(await wear(page, theme))) problem(`there is no theme ${theme}`);
        const options = { only: ["color-contrast"], within: ".bytes-and-detail" };
        await lines.nth(nth).click();
        await audit(page, (what) => problem(`in the theme ${theme}: ${what}`), options);
        await grid.locator("td").nth(9).hover();
        await audit(page, (what) => problem(`in the theme ${theme}, pointed at: ${what}`), options);
    }
    await picture(page, "look", view);
    const asTable = block.locator(".as-table");
    await asTable.focus();
    await page.keyboard.press("Space");
    const rows = await block.locator(".span-table tbody tr").evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
    if (rows.length !== spans.length) problem(`the table has ${rows.length} rows for ${spans.length} spans`);
    for (const [i, span] of spans.entries()) {
        const hex = span.bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
        const expected = [span.offset.toLocaleString("en"), hex, span.section, span.what, span.value];
        if (rows[i]?.join("|") !== expected.join("|")) problem(`row ${i} of the table is ${rows[i]?.join("|")}, not ${expected.join("|")}`);
    }
    await wide(page, problem);
    await audit(page, problem);
    await asTable.click();
    if (!(await grid.isVisible())) problem("the bytes do not come back from the table");
    // The button that opened all this also closes it.
    await block.locator("button.look").click();
    await grid.waitFor({ state: "hidden", ...PATIENCE });
}

/** The answers once the editor has come to rest. */
async function answers(page) {
    await page.waitForTimeout(150);
    await page.locator(".editor[aria-busy='false']").waitFor(PATIENCE);
    return (await page.locator(".answers").innerText()).replace(/\s+/g, " ");
}

async function editor(page, problem, view) {
    const open = async () => {
        await page.locator(".live button.edit").click();
        await page.locator(".editor").waitFor(PATIENCE);
        return answers(page);
    };
    const expect = (said, what, ...parts) => {
        for (const part of parts) if (!said.includes(part)) problem(`${what}: “${part}” is not in “${said}”`);
    };
    expect(await open(), "the page's own text", "97 bytes, as many", "valid", "exits with code 0, as the page’s does");
    const area = page.locator(".editor textarea");
    const text = await area.inputValue();
    const type = async (changed) => {
        await area.fill(changed);
        return answers(page);
    };
    // Keys, as a reader types them: a comment changes nothing, a page of memory in two bytes does.
    await area.focus();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type(";; nothing but a word\n");
    expect(await answers(page), "a comment", "97 bytes, as many", "exits with code 0, as");
    expect(await type(text.replace("(memory 16)", "(memory 200)")), "a larger memory", "98 bytes, 1 more");
    if (await page.locator(".reached.yes").count()) problem("a larger module reaches the goal");

    // An error has a line and a column, and a button that leads there.
    expect(await type(text.replace("call 0", "cal 0")), "a misspelt instruction", "cannot be assembled", "line 9, column 5");
    await page.locator(".verdict button").click();
    const chosen = await area.evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd));
    if (chosen !== "cal") problem(`the button leads to “${chosen}”`);
    if (!(await page.locator(".band.wrong").isVisible())) problem("the line of the error is not marked");
    expect(await type(text.replace("i32.const 0", "i64.const 0")), "a wrong type", "No engine will take it", "line 9, column 5", "i64");
    expect(await type(""), "nothing at all", "cannot be assembled", "line 1, column 1");
    expect(await type("(module)"), "the smallest module", "8 bytes, 89 fewer", "and the page’s does not");
    expect(await type(text.replace("i32.const 0", "i32.const 7")), "another code", "exits with code 7", "and the page’s does not");
    expect(await type(text.replace("i32.const 0", "(loop (br 0)) i32.const 0")), "a loop without end", "stopped after 2 s");

    // Deep and long texts come to an end.
    const began = Date.now();
    expect(await type(`(module ${"(func ".repeat(50_000)}`), "a deep text", "");
    expect(await type(`(module (func ${"(block ".repeat(20_000)}${")".repeat(20_000)}))`), "deep blocks", "");
    expect(await type("(func)".repeat(100_000)), "a long text", "");
    expect(await type("x".repeat(1_000_001)), "a longer text", "Too long");
    if (Date.now() - began > 45_000) problem(`it takes ${Date.now() - began} ms over long texts`);
    if (await page.locator(".reached.yes").count()) problem("a text that is no module reaches the goal");

    // The goal, kept over a reload.
    const smaller = text.replace("\n    unreachable", "");
    expect(await type(smaller), "a byte to spare", "96 bytes, 1 fewer", "Goal reached");
    await audit(page, problem);
    await wide(page, problem);
    await picture(page, "edit", view);
    // A byte lights its line in the text, by keyboard.
    await page.locator(".editor .byte-grid td").nth(91).click();
    const top = await page.locator(".band").evaluate((band) => Number.parseFloat(band.style.getPropertyValue("--top")) / band.offsetHeight);
    if (Math.floor(top) !== 7) problem(`the byte of line 8 lights line ${Math.floor(top) + 1}`);
    await page.reload();
    expect(await open(), "after a reload", "97 bytes, as many");
    const back = page.getByRole("button", { name: "Back to my best, 96 bytes" });
    await back.click();
    expect(await answers(page), "back to the best", "96 bytes", "Goal reached");
    if (await area.inputValue() !== smaller) problem("the best is not the text that was kept");
    await page.getByRole("button", { name: "Back to the page’s text" }).click();
    expect(await answers(page), "back to the page's", "97 bytes");
    if (await area.inputValue() !== text) problem("the page's text is another one now");
    // The arrow keys move in the text, and do not turn the page. Tab leaves it: nobody is caught in it.
    await area.focus();
    for (const key of ["Control+Home", "ArrowRight", "ArrowLeft", "s"]) await page.keyboard.press(key);
    if (await area.inputValue() !== `s${text}`) problem("keys that are pressed in the text do something else");
    await page.keyboard.press("Tab");
    if (await area.evaluate((area) => area === document.activeElement)) problem("the Tab key does not leave the text");

    // A browser that keeps nothing.
    await page.addInitScript(() => {
        Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
    });
    await page.reload();
    await open();
    await type(smaller.replace("(memory 16)", "").replace('  (export "memory" (memory 0))\n', ""));
    expect(await answers(page), "without storage", "Goal reached");
}

/** A view or an editor, opened and believed. */
async function opens(page, problem) {
    const block = page.locator(".live").first();
    const size = Number(await block.getAttribute("data-size"));
    if (await block.locator("button.look").count()) {
        await block.locator("button.look").click();
        await block.locator(".byte-grid").waitFor(PATIENCE);
        const cells = await block.locator(".live-look .byte-grid td").count();
        if (cells !== size) problem(`the view shows ${cells} of ${size} bytes`);
        // Components have no Run button, and no text.
        if (await block.locator("button.run").count() && await block.locator(".live-look .note").count()) problem("the module cannot be written down as text");
    }
    if (await block.locator("button.edit").count()) {
        await block.locator("button.edit").click();
        await block.locator(".editor").waitFor(PATIENCE);
        const said = await answers(page);
        const another = (await page.locator(".goal").innerText()).includes("another assembler");
        if (size > 8 && !another && !said.includes("as many as the page’s")) problem(`the page's text makes another module: ${said}`);
        if (await page.locator(".reached.yes").count()) problem("the page's own text reaches the goal");
        if (!said.includes("as the page’s does")) problem(`the page's text does something else: ${said}`);
    }
}

/** A module of `size` bytes, nearly all of it code, as a compiler would have written it. */
function large(size) {
    const leb = (value, bytes = 5) => Array.from({ length: bytes }, (_, i) => ((value >>> (7 * i)) & 0x7f) | (i < bytes - 1 ? 0x80 : 0));
    // local.get 0, i32.const 7, i32.add, drop; again and again
    const body = [0, ...Array.from({ length: 100 }, () => [0x20, 0, 0x41, 7, 0x6a, 0x1a]).flat(), 0x0b];
    const one = Buffer.from([...leb(body.length, 2), ...body]);
    const count = Math.floor((size - 400) / (one.length + 1));
    const section = (id, ...parts) => {
        const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
        return Buffer.concat([Buffer.from([id, ...leb(content.length)]), content]);
    };
    return Buffer.concat([
        Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
        section(1, [1, 0x60, 1, 0x7f, 0]),
        section(3, leb(count), Buffer.alloc(count)),
        section(7, [1, 1, 0x66, 0, 0]),
        section(10, leb(count), ...Array.from({ length: count }, () => one)),
    ]);
}

async function own(page, problem, view) {
    const box = page.locator(".own-module");
    const input = box.locator("input[type=file]");
    await input.waitFor(PATIENCE);
    // What is ours, before anything has been asked for.
    const files = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname));
    const ours = files.filter((path) => path.startsWith("/live/") || path.startsWith("/theme/"));
    const sizes = await Promise.all(ours.map(async (path) => gzipSync(await readFile(`${plan.folder}${path}`)).length));
    const sum = sizes.reduce((sum, size) => sum + size, 0);
    if (sum > 10 * 1024) problem(`${sum} bytes of ours after gzip come with the page: ${ours.map((path, i) => `${path} ${sizes[i]}`).join(", ")}`);
    if (ours.filter((path) => path.startsWith("/live/")).length !== 2) problem(`before the first file, it asks for ${ours}`);
    await audit(page, problem);
    const asked = [];
    page.on("request", (request) => asked.push(`${request.method()} ${request.url()}`));

    /** What is said when something has been taken apart. */
    const said = async () => {
        await page.locator(".own-module[aria-busy='false']").waitFor(PATIENCE);
        return {
            status: await box.locator(".drop-status").textContent(),
            result: (await box.locator(".drop-result").innerText()).replace(/\s+/g, " "),
        };
    };
    const choose = async (name, buffer) => {
        await input.setInputFiles({ name, mimeType: "application/wasm", buffer: Buffer.from(buffer) });
        return said();
    };
    const drop = async (name, buffer) => {
        const data = await page.evaluateHandle(([name, bytes]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0))], name));
            return transfer;
        }, [name, Buffer.from(buffer).toString("base64")]);
        await box.locator(".drop-zone").dispatchEvent("dragover", { dataTransfer: data });
        if (!(await box.locator(".drop-zone.over").count())) problem("the box does not say that a file may be dropped");
        await box.locator(".drop-zone").dispatchEvent("drop", { dataTransfer: data });
        return said();
    };
    const expect = (what, { status, result }, ...parts) => {
        for (const part of parts) if (!`${status} ${result}`.includes(part)) problem(`${what}: “${part}” is not in “${status} ${result}”`);
    };
    const step = async (path) => gunzipSync(await readFile(`${plan.folder}/modules/${path}.wasm.gz`));
    const title = Buffer.from(await page.evaluate(async (address) => {
        const html = await (await fetch(`${address}/1-two-megabytes-to-97/17-ninety-seven.html`)).text();
        return new DOMParser().parseFromString(html, "text/html").querySelector(".live").dataset.module;
    }, plan.address), "hex");

    expect("97 bytes", await choose("ninety-seven.wasm", title), "a module of 97 bytes", "memory", "1 import", "2 exports", "Its bytes");
    if ((await box.locator(".byte-grid td").count()) !== 97) problem("the bytes of a small module are not shown");
    await audit(page, problem);
    await box.locator(".runner button").click();
    await box.locator(".runner").getByText("exited with code 0").waitFor(PATIENCE);

    // Whatever comes after the first needs nothing more from anywhere.
    asked.length = 0;
    const two = await step("1-two-megabytes-to-97/01-two-megabytes");
    expect("two megabytes", await drop("two.wasm", two), `a module of ${two.length.toLocaleString("en")} bytes`, "code", "What it could do without");
    const findings = await box.locator(".finding").evaluateAll((all) => all.map((one) => ({
        id: one.dataset.finding, saving: one.querySelector(".saving").textContent, link: one.querySelector("a").href,
    })));
    if (findings.length < 2) problem(`in two megabytes only this is found: ${JSON.stringify(findings)}`);
    for (const { link, id } of findings) {
        const { pathname } = new URL(link);
        if (!plan.filtered && !plan.pages.includes(pathname)) problem(`the finding ${id} leads to ${pathname}, and there is no such page`);
    }
    for (const fold of await box.locator(".drop-result details").all()) await fold.locator("summary").click();
    await wide(page, problem);
    await audit(page, problem);
    await picture(page, "own", view);

    const component = Buffer.from("0061736d0d000100", "hex");
    expect("a component", await drop("component.wasm", component), "a component of 8 bytes", "no modules in it");
    const nested = Buffer.concat([component, Buffer.from([1, title.length]), title]);
    expect("a component with a module", await drop("nested.wasm", nested), "a component of 107 bytes", "1 module in it", "core module");
    expect("garbage", await drop("garbage.bin", Buffer.from("this is no module at all, but a sentence")), "At offset 0");
    expect("an empty file", await choose("empty.wasm", Buffer.alloc(0)), "empty.wasm (0 bytes)", "At offset 0");
    expect("half a module", await drop("half.wasm", title.subarray(0, 50)), "no module", "At offset");
    const refused = Buffer.from(title);
    refused[91] = 0x42; // i64.const 0
    expect("a module that is not valid", await choose("refused.wasm", refused), "a module of 97 bytes", "Engines will refuse it", "offset 93");
    if (await box.locator(".runner").count()) problem("a module that no engine takes can be run");
    expect("gzip", await drop("two.wasm.gz", await readFile(`${plan.folder}/modules/1-two-megabytes-to-97/01-two-megabytes.wasm.gz`)), `a module of ${two.length.toLocaleString("en")} bytes`);

    // Several in a row: the last one is shown.
    await Promise.all([input.setInputFiles({ name: "a.wasm", mimeType: "", buffer: two }), input.setInputFiles({ name: "b.wasm", mimeType: "", buffer: title })]);
    expect("two at once", await said(), "b.wasm: a module of 97 bytes");

    // Twenty megabytes, made in the page, and timed there.
    const big = large(20 << 20);
    await page.evaluate(async (text) => {
        window.big = new File([await (await fetch(`data:application/octet-stream;base64,${text}`)).arrayBuffer()], "big.wasm");
    }, big.toString("base64"));
    const times = [];
    // On a machine that is busy with other things, once is enough.
    while (times.length < 2 || (times.length < 6 && Math.min(...times) > 1000)) {
        times.push(await page.evaluate(() => new Promise((done, failed) => {
            const box = document.querySelector(".own-module");
            const transfer = new DataTransfer();
            transfer.items.add(window.big);
            const began = performance.now();
            const watch = new MutationObserver(() => {
                if (box.getAttribute("aria-busy") !== "false") return;
                watch.disconnect();
                // When it can be seen.
                requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
            });
            box.querySelector(".drop-zone").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
            watch.observe(box, { attributes: true, attributeFilter: ["aria-busy"] });
            setTimeout(() => failed(new Error("20 MB take for ever")), 15_000);
        })));
    }
    expect("20 MB", await said(), `a module of ${big.length.toLocaleString("en")} bytes`);
    const best = Math.min(...times);
    console.error(`     20 MB in the page of ${view.name}: ${times.map(Math.round).join(", ")} ms`);
    if (best > 1000) problem(`20 MB take ${Math.round(best)} ms`);

    // Pasted, in each of its ways.
    for (const [how, text] of Object.entries({
        hexadecimal: title.toString("hex").replace(/(..)/g, "$1 "), base64: title.toString("base64"),
    })) {
        await page.evaluate((text) => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }, text);
        expect(how, await said(), "what was pasted: a module of 97 bytes");
    }
    const foreign = asked.filter((url) => !url.includes(" data:") && !url.includes(" blob:"));
    // A module is run by a worker, which is read again for each run; and by nothing else.
    if (foreign.length > 0) problem(`with a module in the page, it asks for ${foreign.join(", ")}`);

    await box.locator(".samples button").first().click();
    expect("one of ours", await said(), "01-two-megabytes.wasm: a module");
}
