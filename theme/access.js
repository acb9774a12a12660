// What mdBook leaves to be done for readers with a keyboard or a screen reader.
(() => {
    "use strict";
    // The button for the table of contents is a label, which no key reaches. mdBook's scripts keep hold of it, so it only goes out of sight.
    const label = document.getElementById("mdbook-sidebar-toggle");
    const checkbox = document.getElementById("mdbook-sidebar-toggle-anchor");
    if (label && checkbox) {
        const button = document.createElement("button");
        for (const name of ["id", "class", "title", "aria-label", "aria-controls"]) button.setAttribute(name, label.getAttribute(name) ?? "");
        button.type = "button";
        button.append(...label.childNodes);
        for (const name of ["id", "aria-label", "aria-controls", "aria-expanded"]) label.removeAttribute(name);
        label.hidden = true;
        label.before(button);
        const tell = () => { button.ariaExpanded = String(checkbox.checked); };
        checkbox.addEventListener("change", tell);
        button.addEventListener("click", () => label.click());
        tell();
    }
    // The list of the page's headings is put into it when the page is there (theme/book.css).
    document.addEventListener("DOMContentLoaded", () => document.documentElement.classList.add("arrived"));
    document.getElementById("mdbook-menu-bar")?.setAttribute("role", "banner");

    // On paper nobody wants a dark theme.
    const { classList } = document.documentElement;
    const sheets = ["highlight", "tomorrow-night", "ayu-highlight"].map((name) => document.getElementById(`mdbook-${name}-css`));
    let worn = () => {};
    addEventListener("beforeprint", () => {
        const theme = ["rust", "coal", "navy", "ayu"].find((theme) => classList.contains(theme));
        if (!theme) return;
        const disabled = sheets.map((sheet) => sheet?.disabled);
        classList.replace(theme, "light");
        for (const [at, sheet] of sheets.entries()) if (sheet) sheet.disabled = at > 0;
        worn = () => {
            classList.replace("light", theme);
            for (const [at, sheet] of sheets.entries()) if (sheet) sheet.disabled = disabled[at];
        };
    });
    addEventListener("afterprint", () => {
        worn();
        worn = () => {};
    });

    // Code and tables that are wider than the page scroll: with the arrow keys too, while they have the focus. How wide they are
    // changes with the window, with the fold that they are in, and when the font of the code arrives.
    const NAMES = { CODE: "Code", PRE: "Code", DIV: "Table" };
    /** @param {Element[]} all */
    const reach = (all) => {
        for (const wide of all) {
            if (wide.scrollWidth > wide.clientWidth || wide.scrollHeight > wide.clientHeight) {
                wide.tabIndex = 0;
                wide.setAttribute("role", "group");
                wide.ariaLabel = `${NAMES[wide.nodeName]}, scrolls`;
            } else {
                for (const name of ["tabindex", "role", "aria-label"]) wide.removeAttribute(name);
            }
        }
    };
    const all = [...document.querySelectorAll("main pre > code, main .table-wrapper")];
    const widths = new ResizeObserver((entries) => reach(entries.map(({ target }) => target)));
    for (const wide of all) widths.observe(wide);
    document.fonts.addEventListener("loadingdone", () => reach(all));
})();
