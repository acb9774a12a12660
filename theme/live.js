// A step's own module in the reader's browser: `cargo xtask show live STEP` writes the button, its snapshot has the bytes.
// Nothing happens before the button is pressed.
(() => {
    "use strict";
    /** The arguments as the function wants them: 64-bit integers are BigInts, and only a try tells. */
    const call = (exported, words) => {
        try {
            return exported(...words.map(Number));
        } catch (error) {
            if (!(error instanceof TypeError)) throw error;
            return exported(...words.map(BigInt));
        }
    };
    for (const place of document.querySelectorAll(".live")) {
        const [button, output] = [place.querySelector("button"), place.querySelector("pre")];
        const bytes = Uint8Array.from(place.dataset.module.match(/../g), (byte) => Number.parseInt(byte, 16));
        button.hidden = false;
        button.addEventListener("click", async () => {
            const lines = [];
            let same = true;
            for (const expected of JSON.parse(place.dataset.calls)) {
                const [name, ...words] = expected.call.split(" ");
                let result;
                let ended = false;
                try {
                    // Each call in an instance of its own, as the snapshot's.
                    const { instance } = await WebAssembly.instantiate(bytes, {});
                    result = [call(instance.exports[name], words)].flat().filter((value) => value !== undefined).map(String).join(", ");
                    ended = true;
                } catch (error) {
                    result = `${error.name}: ${error.message}`;
                }
                same &&= ended === (expected.values !== null) && (!ended || result === expected.values.join(", "));
                lines.push(`${name}(${words.join(", ")}) → ${result || "returned"}`);
            }
            output.textContent = lines.join("\n");
            output.hidden = false;
            place.dataset.same = String(same);
        });
    }
})();
