// @ts-check
// What people search for is found: the page that introduces a term is among the first two, not counting the glossary.

import { expect, test } from "./book.mjs";
import { plan } from "./plan.mjs";

/** How long the first search may take, in milliseconds: it fetches the index. */
const PATIENCE = 20_000;

/** A search, and parts of the addresses of the pages that introduce what is searched for: one of them has to be found. */
const SEARCHES = [
    ["wasm-opt", "06-wasm-opt"],
    ["strip", "03-strip", "12-strip"],
    ["opt-level", "04-opt"],
    ["lto", "05-fat-lto"],
    ["build-std", "07-build-std"],
    ["immediate-abort", "07-build-std", "33-build"],
    ["no_main", "08-no-main", "04-executable"],
    ["__main_void", "09-main-void"],
    ["no_std", "10-no-std", "30-no-std"],
    ["undefined symbol", "11-no-std-alone", "08-env"],
    ["proc_exit", "15-is-it"],
    ["exported memory", "16-no-memory"],
    ["WAT", "13-by-hand", "17-ninety"],
    ["compress-relocations", "19-compressed"],
    ["link-self-contained", "18-without"],
    ["binfmt_misc", "23-detect"],
    ["cdylib", "01-library"],
    ["export_name", "05-export", "02-exported"],
    ["wasm_import_module", "11-libc", "06-import"],
    ["custom section", "15-custom"],
    ["panic", "20-nth"],
    ["get_unchecked", "24-get", "22-check"],
    ["linker-plugin-lto", "28-linker"],
    ["panic hook", "36-hook"],
    ["panic_handler", "30-no-std"],
    ["bump allocator", "44-bump"],
    ["memory.grow", "48-grow"],
    ["dlmalloc", "51-dlmalloc", "49-lol"],
    ["wee_alloc", "52-wee"],
    ["wasm-bindgen", "61-greet"],
    ["fd_write", "01-hello", "03-short"],
    ["iovec", "02-the-iovec"],
    ["args_get", "09-args"],
    ["clock_time_get", "13-clock"],
    ["random_get", "15-random"],
    ["fd_read", "17-echo"],
    ["environ_get", "11-environ"],
    ["puts", "17-puts"],
    ["__heap_base", "14-heap"],
    ["nostartfiles", "06-nostart"],
    ["flash", "23-in-flash"],
    ["stack size", "13-small"],
    ["component", "40-component", "wasi-0-2"],
    ["start section", "06-start-section"],
    ["golf", "golf"],
    ["floor", "floor"],
    ["wasi_unstable", "07-wasi"],
    ["gzip", "diet", "69-instrument"],
    ["LEB128", "first-byte"],
    ["timeline", "timeline"],
];

// The index is of the whole book, and the same in every window.
if (!plan.filtered) test("the page that introduces a term is found first", { tag: "@once" }, async ({ page, open }) => {
    test.slow();
    await open("/");
    const bar = page.locator("#mdbook-searchbar");
    if (!(await bar.isVisible())) await page.locator("#mdbook-search-toggle").click();
    for (const [words, ...pages] of SEARCHES) {
        // The page searches with every key. The last one will do.
        await bar.fill(words.slice(0, -1));
        await bar.pressSequentially(words.slice(-1));
        await expect(page.locator("#mdbook-searchresults-header"), `“${words}” is searched for`).toContainText(`'${words}'`, { timeout: PATIENCE });
        const found = await page.locator("#mdbook-searchresults li > a").evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
        const first = found.filter((link) => !link.includes("glossary.html")).slice(0, 2);
        expect.soft(first.some((link) => pages.some((part) => link.includes(part))), `“${words}” leads first to ${first.join(" and ")}`).toBe(true);
    }
});
