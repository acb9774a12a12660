// What mdBook leaves to be done for readers with a keyboard or a screen reader.
(() => {
    "use strict";
    // The button for the table of contents is a label, which no key reaches.
    const contents = document.getElementById("mdbook-sidebar-toggle");
    if (contents) {
        contents.setAttribute("role", "button");
        contents.tabIndex = 0;
        contents.addEventListener("keydown", (event) => {
            if (event.key !== "Enter" && event.key !== " ") return;
            event.preventDefault();
            contents.click();
        });
    }
    document.getElementById("mdbook-menu-bar")?.setAttribute("role", "banner");

    // Code and tables that are wider than the page scroll: with the arrow keys too, while they have the focus. How wide they are
    // changes with the window, and with the fold that they are in.
    const NAMES = { CODE: "Code", PRE: "Code", DIV: "Table" };
    const widths = new ResizeObserver((entries) => {
        for (const { target } of entries) {
            if (target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight) {
                target.tabIndex = 0;
                target.setAttribute("role", "group");
                target.ariaLabel = `${NAMES[target.nodeName]}, scrolls`;
            } else {
                for (const name of ["tabindex", "role", "aria-label"]) target.removeAttribute(name);
            }
        }
    });
    for (const wide of document.querySelectorAll("main pre > code, main .table-wrapper")) widths.observe(wide);
})();
