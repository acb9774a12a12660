// A host for WASI preview 1: the nine functions that small programs ask for. It runs in a page and under node as it is.

// What a function of WASI answers: nothing went wrong, or what did.
const [SUCCESS, BADF, INVAL] = [0, 8, 28];

/** Thrown by `proc_exit`: an exception is the way out of a program that has not come to its end. */
class Exit {
    constructor(code) {
        this.code = code;
    }
}

/**
 * Runs the bytes of a module, and promises `{ outcome, code, reason, stdout, stderr }`. The outcome is "returned", "exited"
 * with a code, "trapped" for a reason, or "refused" for a reason, if this host cannot start or serve the module.
 */
export async function run(bytes, { args = ["module"], env = {}, stdin = "" } = {}) {
    const output = { 1: [], 2: [] }; // what was written, by file descriptor
    const guest = { memory: undefined };
    let ended;
    try {
        const imports = { wasi_snapshot_preview1: wasi(guest, args, env, stdin, output) };
        const { instance } = await WebAssembly.instantiate(bytes, imports);
        guest.memory = instance.exports.memory;
        instance.exports._start();
        ended = { outcome: "returned", code: 0 };
    } catch (error) {
        // A RangeError is a stack that overflows, or a pointer that leads out of the memory.
        const trapped = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
        if (error instanceof Exit) ended = { outcome: "exited", code: error.code };
        else ended = { outcome: trapped ? "trapped" : "refused", reason: error.message };
    }
    const text = (chunks) => new Blob(chunks).text();
    return { ...ended, stdout: await text(output[1]), stderr: await text(output[2]) };
}

/** The functions of WASI, for one guest and one run. */
function wasi(guest, args, env, stdin, output) {
    const encoder = new TextEncoder();
    const strings = (texts) => texts.map((text) => encoder.encode(`${text}\0`));
    const argv = strings(args);
    const environ = strings(Object.entries(env).map(([name, value]) => `${name}=${value}`));
    let input = encoder.encode(stdin);

    // A memory that grows gets a new buffer, so none is kept. An array outside of the buffer is a RangeError, and so is one of
    // larger numbers at a crooked address. The lowest byte comes first, as in WebAssembly and as on your processor.
    const bytes = (address, length) => new Uint8Array(guest.memory.buffer, address, length);
    const u32 = (address, count = 1) => new Uint32Array(guest.memory.buffer, address, count);
    const u64 = (address) => new BigUint64Array(guest.memory.buffer, address, 1);

    const sizes = (strings) => (count, size) => {
        u32(count)[0] = strings.length;
        u32(size)[0] = strings.reduce((sum, string) => sum + string.length, 0);
        return SUCCESS;
    };
    const copy = (strings) => (addresses, address) => {
        for (const [i, string] of strings.entries()) {
            u32(addresses + 4 * i)[0] = address;
            bytes(address, string.length).set(string);
            address += string.length;
        }
        return SUCCESS;
    };
    /** Does something with each piece of memory in a list, and stores the sum of what that returns. */
    const each = (iovs, count, total, something) => {
        let sum = 0;
        for (let at = iovs; at < iovs + 8 * count; at += 8) {
            const [address, length] = u32(at, 2);
            sum += something(bytes(address, length));
        }
        u32(total)[0] = sum;
        return SUCCESS;
    };

    const functions = {
        fd_write: (fd, iovs, count, nwritten) => {
            if (!output[fd]) return BADF;
            return each(iovs, count, nwritten, (piece) => {
                output[fd].push(piece.slice());
                return piece.length;
            });
        },
        fd_read: (fd, iovs, count, nread) => {
            if (fd !== 0) return BADF;
            return each(iovs, count, nread, (piece) => {
                const part = input.subarray(0, piece.length);
                piece.set(part);
                input = input.subarray(part.length);
                return part.length;
            });
        },
        proc_exit: (code) => {
            throw new Exit(code);
        },
        args_sizes_get: sizes(argv),
        args_get: copy(argv),
        environ_sizes_get: sizes(environ),
        environ_get: copy(environ),
        clock_time_get: (clock, _precision, time) => {
            if (clock > 1) return INVAL;
            const milliseconds = clock === 0 ? Date.now() : performance.now();
            u64(time)[0] = BigInt(Math.round(milliseconds * 1e6));
            return SUCCESS;
        },
        random_get: (address, length) => {
            const most = 65536; // crypto gives no more at a time
            for (let at = 0; at < length; at += most) {
                crypto.getRandomValues(bytes(address + at, Math.min(most, length - at)));
            }
            return SUCCESS;
        },
    };
    // JavaScript gets an i32 with a sign. To us they are addresses, which have none.
    const unsigned = (number) => (typeof number === "number" ? number >>> 0 : number);
    const entries = Object.entries(functions);
    return Object.fromEntries(entries.map(([name, call]) => [name, (...all) => call(...all.map(unsigned))]));
}

// For node alone: `node host.mjs MODULE [ARGUMENT…]`. Who imports `run`, in a page or elsewhere, does not come here.
if (globalThis.process?.argv?.[1]?.endsWith("host.mjs")) {
    const { readFile } = await import("node:fs/promises");
    const [, , file, ...args] = process.argv;
    const ended = await run(await readFile(file), { args: ["module", ...args] });
    process.stdout.write(ended.stdout);
    process.stderr.write(ended.stderr);
    if (ended.reason) console.error(`${ended.outcome}: ${ended.reason}`);
    process.exitCode = ended.code ?? 1;
}
