// @ts-check
// The place for a module of the reader's own: it takes files, from wherever they come. What is said of them is own-module.mjs's, which
// is fetched with the first of them.

/**
 * Brings the elements in `box`, which stand in the page and are hidden, to life.
 *
 * @param {HTMLElement} box
 */
export default function (box) {
    const [zone, input, status] = [".drop-zone", "input", ".drop-status"].map((selector) => /** @type {HTMLInputElement} */ (box.querySelector(selector)));
    const styles = document.createElement("link");
    Object.assign(styles, { rel: "stylesheet", href: new URL("widgets.css", import.meta.url).href });
    // Not before it looks as it should.
    styles.onload = styles.onerror = () => { box.hidden = false; };
    document.head.append(styles);

    let latest = 0;
    /**
     * `file(taken)` promises a Blob; `taken` is what the other module offers.
     *
     * @param {(taken: typeof import("./own-module.mjs")) => Blob | Promise<Blob>} file
     * @param {string} name
     */
    async function take(file, name) {
        const mine = latest += 1;
        status.textContent = `Taking ${name} apart…`;
        status.classList.remove("unseen");
        box.setAttribute("aria-busy", "true");
        try {
            const taken = await import("./own-module.mjs");
            await taken.default(box, () => file(taken), name, () => mine === latest);
        } catch (error) {
            status.textContent = `This did not work: ${/** @type {Error} */ (error).message}`;
            box.setAttribute("aria-busy", "false");
        }
    }

    input.addEventListener("change", () => {
        const [file] = input.files ?? [];
        if (file) take(() => file, file.name);
    });
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll("[data-sample]"))) {
        const { sample = "" } = button.dataset;
        button.addEventListener("click", () => take((taken) => taken.sample(sample), `${sample.split("/")[1]}.wasm`));
    }
    // The arrow keys turn the pages of a book by mdBook. Not from here.
    box.addEventListener("keydown", (event) => {
        if (event.key.startsWith("Arrow")) event.stopPropagation();
    });
    // Anywhere in the page will do: who misses the box does not want the browser to open the file.
    /** The files that an event brings, if it does. @param {DragEvent} event */
    const files = ({ dataTransfer }) => (dataTransfer?.types.includes("Files") ? dataTransfer : undefined);
    for (const kind of /** @type {const} */ (["dragenter", "dragover"])) window.addEventListener(kind, (event) => {
        const brought = files(event);
        if (!brought) return;
        event.preventDefault();
        brought.dropEffect = "copy";
        zone.classList.add("over");
    });
    window.addEventListener("dragleave", (event) => {
        if (!event.relatedTarget) zone.classList.remove("over");
    });
    window.addEventListener("drop", (event) => {
        zone.classList.remove("over");
        const brought = files(event);
        if (!brought) return;
        event.preventDefault();
        const [file] = brought.files;
        if (file) take(() => file, file.name);
    });
    document.addEventListener("paste", (event) => {
        if (!event.clipboardData || /** @type {Element} */ (event.target).closest?.("textarea, input:not([type=file])")) return;
        const [file] = event.clipboardData.files;
        const text = event.clipboardData.getData("text").trim();
        if (!file && !text) return;
        event.preventDefault();
        take((taken) => file ?? taken.written(text), file?.name ?? "what was pasted");
    });
}
