// @ts-check
// The plainest of servers for the built book. Other than from the server for authors, whose pages change, a browser may keep what it has.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

import { plan } from "./plan.mjs";

/** @type {Record<string, string>} */
const TYPES = {
    ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml",
    ".png": "image/png", ".woff2": "font/woff2", ".wasm": "application/wasm", ".gz": "application/gzip",
};

/**
 * Serves the book below `prefix`, which is empty or begins with a slash.
 *
 * @param {string} prefix
 * @returns {Promise<{ address: string, close: () => void }>}
 */
export async function serve(prefix) {
    const server = createServer(async (request, response) => {
        const { pathname } = new URL(request.url ?? "", "http://localhost");
        const file = decodeURIComponent(pathname.endsWith("/") ? `${pathname}index.html` : pathname);
        const content = file.startsWith(`${prefix}/`) && await readFile(join(plan.folder, file.slice(prefix.length))).catch(() => null);
        // For ten minutes, as servers for static pages say.
        response.writeHead(content ? 200 : 404, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "cache-control": "max-age=600" });
        response.end(content || "");
    });
    await new Promise((/** @type {(_: void) => void} */ listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    return { address: `http://127.0.0.1:${port}${prefix}`, close: () => server.close() };
}
