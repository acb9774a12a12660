// @ts-check
/**
 * What the editor says once it has come to rest.
 *
 * @param {import("@playwright/test").Page} page
 */
export async function answers(page) {
    await page.waitForTimeout(150);
    await page.locator(".editor[aria-busy='false']").waitFor({ timeout: 20_000 });
    return (await page.locator(".answers").innerText()).replace(/\s+/g, " ");
}
