// highlight.js, as mdBook brings it, knows no WebAssembly text. A small definition, for the words that this book uses.
(() => {
    "use strict";
    if (typeof hljs === "undefined") return;
    hljs.registerLanguage("wat", () => ({
        name: "WebAssembly text",
        keywords: {
            $pattern: /[a-z_][\w.]*/,
            keyword: "module import export memory table global func type param result local data elem start mut offset item declare",
            type: "i32 i64 f32 f64 v128 funcref externref",
        },
        contains: [
            hljs.COMMENT(/;;/, /$/),
            hljs.COMMENT(/\(;/, /;\)/),
            hljs.QUOTE_STRING_MODE,
            { className: "variable", begin: /\$[\w.$-]+/ },
            { className: "built_in", begin: /\b(?:i32|i64|f32|f64|memory|local|global|table|ref)\.[a-z0-9_.]+/ },
            { className: "built_in", begin: /\b(?:call_indirect|call|unreachable|return|drop|select|nop|end|block|loop|if|else|br_table|br_if|br)\b/ },
            { className: "number", begin: /[+-]?\b(?:0x[\da-fA-F_]+|\d[\d_]*(?:\.\d+)?)\b/ },
        ],
    }));
    for (const code of document.querySelectorAll("code.wat")) {
        code.innerHTML = hljs.highlight("wat", code.textContent).value;
    }
})();
