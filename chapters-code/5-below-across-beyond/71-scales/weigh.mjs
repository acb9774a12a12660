// Asks the scales from node:  node weigh.mjs MODULE.wasm
import { readFile } from "node:fs/promises";

const file = await readFile(process.argv[2]);
const { instance } = await WebAssembly.instantiate(file);
const { memory, room, room_for_other, answer, made, ...questions } = instance.exports;

function put(place, bytes) {
    const address = place(bytes.length) >>> 0;
    new Uint8Array(memory.buffer, address, bytes.length).set(bytes);
}

/** Asks a question about a module, and perhaps another input. */
function ask(question, module, other = new Uint8Array()) {
    put(room, module);
    put(room_for_other, other);
    const length = questions[question]() >>> 0;
    return JSON.parse(new TextDecoder().decode(new Uint8Array(memory.buffer, answer() >>> 0, length)));
}

const bytes = (text) => Uint8Array.from(text.match(/../g), (byte) => parseInt(byte, 16));
const text = (text) => new TextEncoder().encode(text);

// Two modules: one exports a function, and in the other that function calls a second one.
const older = bytes("0061736d01000000" + "01040160" + "0000" + "03020100" + "07050101" + "72" + "0000" + "0a040102" + "000b");
const newer = bytes("0061736d01000000" + "01040160" + "0000" + "0303020000" + "07050101" + "72" + "0000" + "0a0902" + "04001001" + "0b" + "02000b");

const { answer: kind, thing, chain, retained } = ask("why", newer, text("func[1]"));
console.log(`why func[1]: ${kind}, ${thing.size} bytes, ${retained} would go; ${chain.map(({ edge }) => edge).join(", ")}`);

const { came, grew, arrivals } = ask("diff", newer, older);
console.log(`diff: ${came.length} came, ${grew.length} grew; through ${arrivals.map(({ via }) => via.name).join(", ")}`);
console.log("not a module:", ask("top", text("(module)")).error.message);

// Of itself: whose its bytes are, and a smaller file that is as valid.
const { shares } = ask("top", file);
console.log(`itself: ${shares.reduce((sum, { size }) => sum + size, 0)} bytes in ${shares.length} things`);
const { size, cuts } = ask("shrink", file);
console.log(`smaller: ${size}, ${WebAssembly.validate(new Uint8Array(memory.buffer, made() >>> 0, size)) ? "valid" : "not valid"}`);
for (const { what, saving } of cuts) console.log(`- ${what}: ${saving}`);
