/** What holds on every page: its policy, its manners, and that everybody can use it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canBrowse, openLab, picture, seriously, Site } from "./site";

const PAGES = ["/", "/course", "/course/services/how-traffic-finds-your-pod", "/glossary", "/labs", "/labs/payments", "/practice", "/settings", "/nothing-here"];
const site = new Site();

describe.skipIf(!canBrowse)("on every page", () => {
  beforeAll(() => site.start(), 60_000);
  afterAll(() => site.stop());

  test.each(PAGES.flatMap((path) => (["light", "dark"] as const).map((colours) => ({ path, colours }))))("axe finds nothing serious on $path, $colours", async ({ path, colours }) => {
    const { page, context } = await site.visitor({ colours });
    if (path.startsWith("/labs/")) await openLab(page, path);
    else await page.goto(path);
    await page.emulateMedia({ reducedMotion: "reduce" });
    expect(await seriously(page)).toEqual([]);
    await context.close();
  });

  test.each(PAGES)("%s runs nothing that was not sent, and asks nothing of anybody else", async (path) => {
    const { page, requests, complaints, context } = await site.visitor();
    const response = await page.goto(path, { waitUntil: "load" });
    await page.waitForTimeout(500);
    const policy = response?.headers()["content-security-policy"] ?? "";
    expect(policy).toMatch(/script-src 'self' 'nonce-[^']+';/);
    expect(policy).not.toContain("unsafe-eval");
    expect(requests.filter((url) => !url.startsWith(`${site.address}/`) && !url.startsWith("data:") && !url.startsWith("blob:"))).toEqual([]);
    expect(complaints.filter((complaint) => !complaint.includes("404"))).toEqual([]);
    await context.close();
  });

  test.each(PAGES)("%s fits on a phone", async (path) => {
    const { page, context } = await site.visitor({ width: 375, height: 720 });
    await page.goto(path, { waitUntil: "load" });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await picture(page, `phone${path.replaceAll("/", "-")}`);
    expect(overflow).toBe(0);
    await context.close();
  });

  test("the first Tab leads past the header", async () => {
    const { page } = await site.visitor();
    await page.goto("/course");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.closest("main") !== null)).toBe(true);
  });

  test.each([
    ["/api/attempts", { lab: "payments", seed: 1 }],
    ["/api/attempts/x/journal", { first: 0, entries: [], endUs: 0, endEvents: 0 }],
    ["/api/attempts/x/judge", {}],
  ])("%s refuses other sites", async (path, body) => {
    const response = await fetch(site.address + path, { method: "POST", headers: { "Content-Type": "application/json", Origin: "http://evil.example.com" }, body: JSON.stringify(body) });
    expect(response.status).toBe(403);
  });
});
