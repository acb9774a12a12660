// What can be done with a step's module in the reader's browser. `cargo xtask show outcome STEP` writes the block with its
// buttons; what a button does is fetched when it is first pressed, and nothing before. Without JavaScript the buttons stay
// hidden, and the page's text says it all.
(() => {
    "use strict";
    const FEATURES = { run: "run.mjs", look: "byte-view.mjs", edit: "edit.mjs" };
    // mdBook says on every page where the book begins. Seen from this script, `import` would look beside it.
    const root = new URL(typeof path_to_root === "string" ? path_to_root : "", document.baseURI);

    function offer(block, kind, button) {
        // Each feature has a place of its own below the buttons, in their order.
        const output = document.createElement("div");
        output.className = `live-${kind}`;
        output.hidden = true;
        block.querySelector(".live-output").append(output);
        button.hidden = false;
        button.addEventListener("click", async () => {
            // A button that is `disabled` loses the focus; this one only says so.
            if (button.ariaDisabled === "true") return;
            button.ariaDisabled = "true";
            block.querySelector(".live-output").hidden = false;
            output.hidden = false;
            try {
                const feature = await import(new URL(`widgets/${FEATURES[kind]}`, root));
                await feature.default(block, output);
            } catch (error) {
                output.textContent = `This did not work: ${error.message}`
                    + (location.protocol === "file:" ? " (It needs the book from a server, such as `cargo xtask serve`.)" : "");
            } finally {
                button.ariaDisabled = "false";
            }
        });
    }

    for (const block of document.querySelectorAll(".live")) {
        for (const kind of Object.keys(FEATURES)) {
            const button = block.querySelector(`button.${kind}`);
            if (button) offer(block, kind, button);
        }
    }

    // An address may ask for a byte, or for a text in the editor: page.mjs says how.
    const [, asked, step] = /^#(byte|edit)=([^:]+):/.exec(location.hash) ?? [];
    if (asked) {
        const block = [...document.querySelectorAll(".live")].find((one) => one.dataset.step.endsWith(`/${step}`));
        block?.querySelector(asked === "byte" ? "button.look" : "button.edit")?.click();
        block?.scrollIntoView();
    }

    // What comes to life without being pressed: on the first page a list of steps becomes a walk, and the golf course's score card has
    // what the reader reached. Where that fails, the list and the table stay as they are.
    for (const [kind, file] of [[".walk", "walk.mjs"], [".score-card", "score-card.mjs"]]) {
        for (const block of document.querySelectorAll(kind)) {
            import(new URL(`widgets/${file}`, root)).then((feature) => feature.default(block), () => block.classList.add("still"));
        }
    }
})();
