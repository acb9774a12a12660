// @ts-check
// The lints of all JavaScript in this repository: see the part `javascript` of .ci/lint.

import js from "@eslint/js";
import globals from "globals";

export default [
    js.configs.recommended,
    {
        linterOptions: { reportUnusedDisableDirectives: "error" },
        rules: {
            // With null, `==` would compare with undefined too, and the scripts say which of them they mean.
            "eqeqeq": "error",
            "no-empty-pattern": ["error", { allowObjectPatternsAsParameters: true }], // Playwright wants one, for fixtures of no others
            "no-implicit-coercion": "error",
            "no-shadow-restricted-names": "error",
            "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
            "no-useless-rename": "error",
            "no-var": "error",
            "object-shorthand": "error",
            "prefer-const": "error",
        },
    },
    { files: ["src/widgets/*.mjs"], languageOptions: { globals: { ...globals.browser, hljs: "readonly" } } },
    { files: ["src/widgets/*worker.mjs"], languageOptions: { globals: globals.worker } },
    // The functions that these hand to a page run there.
    { files: ["xtask/browser/*.mjs", "xtask/hosts/page/host.mjs"], languageOptions: { globals: { ...globals.node, ...globals.browser, path_to_root: "readonly" } } },
    { files: ["xtask/hosts/node/host.mjs", "xtask/studies/corpus/*.mjs", ".ci/*.mjs"], languageOptions: { globals: globals.node } },
];
