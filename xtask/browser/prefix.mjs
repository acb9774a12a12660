// The built folder on any server for files, below a path of its own: every link leads to a file, and everything works.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

import { open } from "./open.mjs";
import { plan } from "./plan.mjs";
import { own, OWN, RUN, search, step } from "./uses.mjs";

const PREFIX = "/some/where";
const USES = { "/": [search], [RUN]: [step], [OWN]: [own], "/2-the-library-way/60-greet-by-hand.html": [], "/6-then-and-now/timeline.html": [] };
const TYPES = {
    ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml",
    ".png": "image/png", ".woff2": "font/woff2", ".wasm": "application/wasm", ".gz": "application/gzip",
};

/** The plainest of servers. */
async function serve() {
    const server = createServer(async (request, response) => {
        const { pathname } = new URL(request.url, "http://localhost");
        const file = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
        const content = pathname.startsWith(`${PREFIX}/`) && await readFile(join(plan.folder, decodeURIComponent(file.slice(PREFIX.length)))).catch(() => null);
        response.writeHead(content ? 200 : 404, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
        response.end(content || "");
    });
    await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
    return server;
}

export default async function (browser, _, views, pages, wrong) {
    let looked = 0;
    const server = await serve();
    const address = `http://127.0.0.1:${server.address().port}${PREFIX}`;
    for (const path of Object.keys(USES).filter((path) => pages.includes(path))) {
        const [view] = views;
        const problem = (what) => wrong(`${PREFIX}${path}`, view, what);
        const page = await open(browser, address, view, path, problem);
        for (const use of USES[path]) await use(page, problem);
        const links = await page.evaluate(() => [...document.querySelectorAll("a[href], link[href], img[src], script[src]")]
            .map((one) => (one.href || one.src).toString().replace(/#.*/, "")));
        for (const link of new Set(links)) {
            if (new URL(link).origin !== new URL(address).origin) continue;
            const response = await fetch(link, { method: "HEAD" });
            if (!response.ok) problem(`the link to ${new URL(link).pathname} leads nowhere`);
        }
        looked += 1;
        await page.context().close();
    }
    server.close();
    return looked;
}
