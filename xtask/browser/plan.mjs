// What `cargo xtask browse` asks for, as every file here may want it: the only argument, as JSON.
//
// { playwright, chromium, axe: files; address: where the book is served, without a slash at its end; folder: the book itself;
//   shots: a folder for pictures or null; filtered: whether only some pages are asked for; pages: their paths, each with a slash
//   at its beginning }

export const plan = JSON.parse(process.argv[2]);

/** The two windows that every page is seen in. `other`: another theme, whose colours are looked at as well. */
export const VIEWS = [
    { name: "desktop-light", width: 1280, height: 900, theme: "light", other: "navy" },
    { name: "phone-dark", width: 390, height: 844, theme: "navy" },
];
