// @ts-check
// The score card of the golf course: beside each par, what the reader has reached in this browser.

import { number } from "./elements.mjs";

/**
 * Called by theme/widgets.js when the page is loaded.
 *
 * @param {HTMLTableElement} card
 */
export default function (card) {
    for (const cell of /** @type {NodeListOf<HTMLElement>} */ (card.querySelectorAll(".yours"))) cell.hidden = false;
    const fill = () => {
        let sum = 0;
        let played = 0;
        for (const row of /** @type {NodeListOf<HTMLTableRowElement>} */ (card.querySelectorAll("tbody tr"))) {
            const [, from, , yours] = row.cells;
            const best = bestOf(row.dataset.best ?? "");
            sum += best ?? Number((from.textContent ?? "").replaceAll(",", ""));
            if (best === undefined) continue;
            played += 1;
            const more = best - Number(row.dataset.par);
            yours.textContent = `${number(best)} (${more === 0 ? "par" : more > 0 ? `${more} over` : `${-more} under`})`;
            yours.classList.toggle("at-par", more <= 0);
        }
        const total = card.tFoot?.rows[0].cells[3];
        if (total && played > 0) total.textContent = `${number(sum)} (${played} played)`;
    };
    fill();
    // The editor says so here, and the browser says what happens in the reader's other tabs.
    document.addEventListener("best", fill);
    window.addEventListener("storage", fill);
}

/**
 * The size that the editor has kept.
 *
 * @param {string} key
 * @returns {number | undefined}
 */
function bestOf(key) {
    try {
        const kept = JSON.parse(localStorage.getItem(key) ?? "null");
        return Number.isInteger(kept?.size) ? kept.size : undefined;
    } catch {
        return undefined;
    }
}
