// What the page takes apart: the byte view by keyboard, the editor, the page for a module of one's own.

export default async function (browser, address, views, pages, wrong) {
    return 0;
}
