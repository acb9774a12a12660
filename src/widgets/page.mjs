// @ts-check
// What all that happens in a page needs: where the book begins, and the bytes of a block's module.

/** The address at which the book begins. */
export const root = new URL("../", import.meta.url).href;

/**
 * The bytes of a block's module: they stand in the page, or lie gzipped beside it.
 *
 * @param {{ dataset: DOMStringMap }} block
 */
export async function bytesOf(block) {
    const { module, file = "" } = block.dataset;
    if (module !== undefined) return fromHex(module);
    const response = await fetch(new URL(file, root));
    if (!response.ok) throw new Error(`${file}: the server answers with ${response.status}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    // Some servers see the name's end, and have the browser unpack it.
    return bytes[0] === 0x1f && bytes[1] === 0x8b ? unpacked(bytes) : bytes;
}

/**
 * A link to a state of a block: `#byte=17-ninety-seven:12`, `#edit=17-ninety-seven:…`. theme/widgets.js presses the button that it is about.
 *
 * @param {{ dataset: DOMStringMap }} block
 * @param {"byte" | "edit"} kind
 * @param {string | number} what
 */
export function linkTo({ dataset: { step = "" } }, kind, what) {
    return `#${kind}=${step.split("/").at(-1)}:${what}`;
}

/**
 * What the page's address asks of a block, if it asks for something of this kind.
 *
 * @param {{ dataset: DOMStringMap }} block
 * @param {"byte" | "edit"} kind
 */
export function askedOf(block, kind) {
    const start = linkTo(block, kind, "");
    return location.hash.startsWith(start) ? location.hash.slice(start.length) : undefined;
}

/** A text as a part of an address. @param {string} text */
export async function packed(text) {
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    const signs = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    return btoa(signs).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The text again. @param {string} part */
export async function unpackedText(part) {
    const signs = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(signs, (sign) => sign.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
}

/**
 * Bytes from text: two hexadecimal digits each.
 *
 * @param {string} text
 */
export function fromHex(text) {
    return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function unpacked(bytes) {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}
