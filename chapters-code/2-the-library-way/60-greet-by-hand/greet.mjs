// The glue: JavaScript's strings on one side, addresses and sizes on the other.

const FAILED = "the module has no more memory";

/** Makes a `greet(name)` of the module's exports. */
export function bind({ memory, text_alloc, text_free, text_greet }) {
    // The memory may grow, and a view of it then is empty: each view is made when it is needed, and never kept.
    const at = (address, size) => new Uint8Array(memory.buffer, address, size);

    return function greet(name) {
        const bytes = new TextEncoder().encode(name);
        const size = bytes.length;
        const address = text_alloc(size) >>> 0;
        if (address === 0) throw new RangeError(FAILED);
        try {
            at(address, size).set(bytes);
            const greeting = BigInt.asUintN(64, text_greet(address, size));
            const [start, length] = [Number(greeting >> 32n), Number(greeting & 0xffffffffn)];
            try {
                return new TextDecoder("utf-8", { ignoreBOM: true }).decode(at(start, length));
            } finally {
                text_free(start, length);
            }
        } finally {
            text_free(address, size);
        }
    };
}
