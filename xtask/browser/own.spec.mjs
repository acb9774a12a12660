// @ts-check
// The page for a module of the reader's own.

import { readFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";

import { audit } from "./audit.mjs";
import { expect, fits, picture, test } from "./book.mjs";
import { chosen, OWN, plan, RUN } from "./plan.mjs";

for (const path of chosen([OWN])) {
    // Something is timed there: `cargo xtask browse` has nothing else done meanwhile.
    test(path, { tag: "@alone" }, async ({ page, open, address, view }) => {
        await open(path);
        const box = page.locator(".own-module");
        const input = box.locator("#own-module");
        await input.waitFor({ timeout: 20_000 });
        // What is ours, before anything has been asked for.
        const files = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname));
        const ours = files.filter((path) => path.startsWith("/widgets/") || path.startsWith("/theme/"));
        const sizes = await Promise.all(ours.map(async (path) => gzipSync(await readFile(`${plan.folder}${path}`)).length));
        expect.soft(sizes.reduce((sum, size) => sum + size, 0), `the bytes of ours after gzip that come with the page: ${ours.map((path, i) => `${path} ${sizes[i]}`).join(", ")}`)
            .toBeLessThanOrEqual(15 * 1024);
        expect.soft(ours.filter((path) => path.startsWith("/widgets/")), "asked for before the first file").toHaveLength(2);
        await audit(page);
        /** @type {string[]} */
        const asked = [];
        page.on("request", (request) => asked.push(`${request.method()} ${request.url()}`));

        /** What is said when something has been taken apart. */
        const said = async () => {
            await page.locator(".own-module[aria-busy='false']").waitFor({ timeout: 20_000 });
            return `${await box.locator(".drop-status").textContent()} ${(await box.locator(".drop-result").innerText()).replace(/\s+/g, " ")}`;
        };
        const choose = async (/** @type {string} */ name, /** @type {Buffer} */ buffer) => {
            await input.setInputFiles({ name, mimeType: "application/wasm", buffer });
            return said();
        };
        const drop = async (/** @type {string} */ name, /** @type {Buffer} */ buffer) => {
            const data = await page.evaluateHandle(([name, bytes]) => {
                const transfer = new DataTransfer();
                transfer.items.add(new File([Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0))], name));
                return transfer;
            }, [name, buffer.toString("base64")]);
            await box.locator(".drop-zone").dispatchEvent("dragover", { dataTransfer: data });
            expect.soft(await box.locator(".drop-zone.over").count(), `${name}: the box says that a file may be dropped`).toBe(1);
            await box.locator(".drop-zone").dispatchEvent("drop", { dataTransfer: data });
            return said();
        };
        const says = (/** @type {string} */ what, /** @type {string} */ said, /** @type {string[]} */ ...parts) => {
            for (const part of parts) expect.soft(said, what).toContain(part);
        };
        const packed = await readFile(`${plan.folder}/modules/1-two-megabytes-to-97/01-two-megabytes.wasm.gz`);
        const two = gunzipSync(packed);
        const html = await (await fetch(`${address}${RUN}`)).text();
        const title = Buffer.from(/class="live"[^>]*? data-module="([0-9a-f]+)"/.exec(html)?.[1] ?? "", "hex");
        const ofTwo = `a module of ${two.length.toLocaleString("en")} bytes`;

        says("97 bytes", await choose("ninety-seven.wasm", title), "a module of 97 bytes", "memory", "1 import", "2 exports", "Its bytes");
        expect.soft(await box.locator(".byte-grid td").count(), "the bytes of a small module").toBe(97);
        await audit(page, { when: "with a small module" });
        await box.locator(".runner button").click();
        await expect(box.locator(".runner").getByText("exited with code 0"), "the module runs").toBeVisible();

        // Whatever comes after the first needs nothing more from anywhere.
        asked.length = 0;
        says("two megabytes", await drop("two.wasm", two), ofTwo, "code", "What it could do without");
        const findings = await box.locator(".finding").evaluateAll((all) => all.map((one) => ({
            id: one.getAttribute("data-finding"), saving: one.querySelector(".saving")?.textContent, link: one.querySelector("a")?.href ?? "",
        })));
        expect.soft(findings.length, `the findings in two megabytes: ${JSON.stringify(findings)}`).toBeGreaterThanOrEqual(2);
        if (!plan.filtered) {
            const nowhere = findings.filter(({ link }) => !plan.pages.includes(new URL(link).pathname));
            expect.soft(nowhere, "findings that lead to no page").toEqual([]);
        }
        for (const fold of await box.locator(".drop-result details").all()) await fold.locator("summary").click();
        await fits(page, " with two megabytes");
        await audit(page, { when: "with two megabytes" });
        await picture(page, "own", view);

        const component = Buffer.from("0061736d0d000100", "hex");
        says("a component", await drop("component.wasm", component), "a component of 8 bytes", "no modules in it");
        const nested = Buffer.concat([component, Buffer.from([1, title.length]), title]);
        says("a component with a module", await drop("nested.wasm", nested), "a component of 107 bytes", "1 module in it", "core module");
        says("garbage", await drop("garbage.bin", Buffer.from("this is no module at all, but a sentence")), "At offset 0");
        says("an empty file", await choose("empty.wasm", Buffer.alloc(0)), "empty.wasm (0 bytes)", "At offset 0");
        says("half a module", await drop("half.wasm", title.subarray(0, 50)), "no module", "At offset");
        const refused = Buffer.from(title);
        refused[91] = 0x42; // i64.const 0
        says("a module that is not valid", await choose("refused.wasm", refused), "a module of 97 bytes", "Engines will refuse it", "offset 93");
        expect.soft(await box.locator(".runner").count(), "a module that no engine takes cannot be run").toBe(0);
        says("gzip", await drop("two.wasm.gz", packed), ofTwo);

        // Several in a row: the last one is shown.
        await Promise.all([input.setInputFiles({ name: "a.wasm", mimeType: "", buffer: two }), input.setInputFiles({ name: "b.wasm", mimeType: "", buffer: title })]);
        says("two at once", await said(), "b.wasm: a module of 97 bytes");

        const big = large(20 << 20);
        const times = await timed(page, big);
        says("20 MB", await said(), `a module of ${big.length.toLocaleString("en")} bytes`);
        console.error(`20 MB in the page of ${view.name}: ${times.map(Math.round).join(", ")} ms`);
        expect.soft(Math.min(...times), "the milliseconds for 20 MB").toBeLessThanOrEqual(1000);

        // Pasted, in each of its ways.
        for (const [how, text] of Object.entries({
            hexadecimal: title.toString("hex").replace(/(..)/g, "$1 "), base64: title.toString("base64"),
        })) {
            await page.evaluate((text) => {
                const data = new DataTransfer();
                data.setData("text/plain", text);
                document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
            }, text);
            says(how, await said(), "what was pasted: a module of 97 bytes");
        }
        // A module is run by a worker, which is read again for each run; and by nothing else.
        expect.soft(asked.filter((url) => !url.includes(" data:") && !url.includes(" blob:")), "asked for with a module in the page").toEqual([]);

        await box.locator(".samples button").first().click();
        says("one of ours", await said(), "01-two-megabytes.wasm: a module");
        await fits(page);

        // The scales, which are fetched for the first of these questions. The file that is saved is the one that was promised.
        asked.length = 0;
        await box.getByRole("button", { name: "Shrink it here" }).click();
        const link = box.locator(".asked a[download]");
        await expect(link, "a smaller file").toBeVisible({ timeout: 20_000 });
        expect.soft(asked.filter((url) => url.includes("71-scales")), "the scales are fetched when they are asked for").toHaveLength(1);
        const [saved] = await Promise.all([page.waitForEvent("download"), link.click()]);
        expect.soft(saved.suggestedFilename(), "the name of the smaller file").toBe("01-two-megabytes.small.wasm");
        const smaller = await readFile(await saved.path());
        says("the smaller file", await box.locator(".asked").first().innerText(), `It has ${smaller.length.toLocaleString("en")} bytes`, "Imports and exports are the same");
        expect.soft(smaller.length, "the size of the smaller file").toBeLessThan(two.length / 20);
        says("the smaller file again", await drop("small.wasm", smaller), "small.wasm: a module");
        await box.locator(".runner button").click();
        await expect(box.locator(".runner").getByText("returned"), "the smaller file runs").toBeVisible();
        await box.getByRole("button", { name: "Draw its map" }).click();
        const leaves = box.locator(".treemap button");
        await expect(leaves.nth(20), "a map").toBeVisible({ timeout: 20_000 });
        await leaves.first().focus();
        await page.keyboard.press("ArrowRight");
        await page.keyboard.press("Enter");
        await expect(box.locator(".told"), "why the second largest is there").toContainText("would go");
        await box.locator(".asked input[type=file]").setInputFiles({ name: "older.wasm", mimeType: "application/wasm", buffer: two });
        await expect(box.getByText("From older.wasm to small.wasm"), "what has changed").toBeVisible({ timeout: 20_000 });
        await box.getByRole("button", { name: "Compress it" }).click();
        await expect(box.getByText("By this browser’s own compression"), "sizes as they are sent").toBeVisible({ timeout: 20_000 });
        await fits(page, " with the scales");
        await audit(page, { when: "with the scales" });
    });
}

/**
 * A module of `size` bytes, nearly all of it code, as a compiler would have written it.
 *
 * @param {number} size
 */
function large(size) {
    const leb = (/** @type {number} */ value, bytes = 5) => Array.from({ length: bytes }, (_, i) => ((value >>> (7 * i)) & 0x7f) | (i < bytes - 1 ? 0x80 : 0));
    // local.get 0, i32.const 7, i32.add, drop; again and again
    const body = [0, ...Array.from({ length: 100 }, () => [0x20, 0, 0x41, 7, 0x6a, 0x1a]).flat(), 0x0b];
    const one = Buffer.from([...leb(body.length, 2), ...body]);
    const count = Math.floor((size - 400) / (one.length + 1));
    const section = (/** @type {number} */ id, /** @type {(number[] | Buffer)[]} */ ...parts) => {
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

/**
 * Drops a module that is made in the page, and returns the milliseconds until what is said of it can be seen: twice, or, on a machine
 * that is busy with other things, until one time is good enough.
 *
 * @param {import("@playwright/test").Page} page
 * @param {Buffer} module
 */
async function timed(page, module) {
    const big = await page.evaluateHandle(async (text) => new File([await (await fetch(`data:application/octet-stream;base64,${text}`)).arrayBuffer()], "big.wasm"),
        module.toString("base64"));
    /** @type {number[]} */
    const times = [];
    while (times.length < 2 || (times.length < 6 && Math.min(...times) > 1000)) {
        times.push(await page.evaluate((big) => new Promise((done, failed) => {
            const [box, zone] = [".own-module", ".drop-zone"].map((selector) => /** @type {HTMLElement} */ (document.querySelector(selector)));
            const transfer = new DataTransfer();
            transfer.items.add(big);
            const began = performance.now();
            const watch = new MutationObserver(() => {
                if (box.getAttribute("aria-busy") !== "false") return;
                watch.disconnect();
                // When it can be seen.
                requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
            });
            zone.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
            watch.observe(box, { attributes: true, attributeFilter: ["aria-busy"] });
            setTimeout(() => failed(new Error("20 MB take for ever")), 15_000);
        }), big));
    }
    return times;
}
