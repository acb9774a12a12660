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
