// The reader's guess before the size of a step: three buttons, and then how near it was. It stays in this browser. Without JavaScript
// the question stands there without buttons.
(() => {
    "use strict";
    const KEY = "guesses";

    function read() {
        try {
            const guesses = JSON.parse(localStorage.getItem(KEY) ?? "{}");
            return guesses && typeof guesses === "object" ? guesses : {};
        } catch {
            return {};
        }
    }

    for (const block of document.querySelectorAll(".guess")) {
        const { step, answer, told } = block.dataset;
        const buttons = block.querySelectorAll("button");
        const verdict = document.createElement("p");
        verdict.setAttribute("role", "status");
        for (const button of buttons) {
            button.textContent = button.value;
            button.ariaPressed = "false";
            button.addEventListener("click", () => {
                const guesses = read();
                // The first guess counts.
                guesses[step] ??= button.dataset.guess;
                try {
                    localStorage.setItem(KEY, JSON.stringify(guesses));
                } catch {
                    // Then the count begins anew with the next page.
                }
                show(guesses);
            });
            button.parentElement.hidden = false;
        }
        block.append(verdict);

        const show = (guesses) => {
            const guess = guesses[step];
            if (guess === undefined) return;
            for (const button of buttons) button.ariaPressed = String(button.dataset.guess === guess);
            const part = step.split("/")[0];
            // The answer of each step that was guessed is only known on its page, so it is kept with the guess.
            guesses[`${step} right`] = guess === answer;
            try {
                localStorage.setItem(KEY, JSON.stringify(guesses));
            } catch {
                // As above.
            }
            const rights = Object.entries(guesses).filter(([key]) => key.startsWith(`${part}/`) && key.endsWith(" right"));
            const right = rights.filter(([, is]) => is === true).length;
            verdict.textContent = `${guess === answer ? "Right." : "No."} ${told} You were right ${right} of ${rights.length} times in this part.`;
        };
        show(read());
    }
})();
