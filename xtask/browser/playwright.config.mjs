// @ts-check
// The tests of the built book in Chromium. `cargo xtask browse` builds it and starts them.

import { defineConfig } from "@playwright/test";

import { plan, VIEWS } from "./plan.mjs";

/** @type {import("@playwright/test").PlaywrightTestConfig<{}, { view: import("./plan.mjs").View }>} */
const config = {
    testDir: ".",
    fullyParallel: true,
    forbidOnly: Boolean(process.env.CI),
    // The machine may be busy: what has a limit of its own says so in its test.
    timeout: 300_000,
    expect: { timeout: 20_000 },
    reporter: [[process.stdout.isTTY ? "line" : "dot"], ["json", { outputFile: process.env.BROWSE_REPORT }]],
    use: {
        contextOptions: { reducedMotion: "reduce" },
        permissions: ["clipboard-read", "clipboard-write"],
        actionTimeout: 30_000,
        // There are so many pages that traces of all would take longer than the tests. For a trace ask for the page that fails.
        trace: plan.filtered ? "retain-on-failure" : "off",
        launchOptions: {
            executablePath: plan.chromium,
            args: [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
                // The network is cut: there is no machine but this one.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            ],
        },
    },
    // A test with the tag @once does not depend on the window, or sees the page in all of them.
    projects: VIEWS.map((view, nth) => ({
        name: view.name,
        use: { view, viewport: { width: view.width, height: view.height } },
        ...(nth > 0 ? { grepInvert: /@once/ } : {}),
    })),
};

export default defineConfig(config);
