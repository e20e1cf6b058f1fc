/** Reading and practising, as somebody without an account. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canBrowse, picture, Site } from "./site";

const site = new Site();

describe.skipIf(!canBrowse)("reading", () => {
  beforeAll(() => site.start(), 60_000);
  afterAll(() => site.stop());

  test("from the front page to a lesson that is read, and its cards", async () => {
    const { page, complaints } = await site.visitor();
    await page.goto("/");
    await picture(page, "home");
    await page.getByRole("link", { name: "Start the course" }).click();
    await page.getByRole("heading", { level: 1, name: "How traffic finds your Pod" }).waitFor();
    await picture(page, "lesson");
    await page.getByRole("button", { name: "Mark as read" }).click();
    await page.getByRole("button", { name: "Mark as not read" }).waitFor();

    await page.goto("/course");
    expect(await page.getByText(/^1 of \d+ read$/).count()).toBe(1);
    await picture(page, "course");

    await page.goto("/practice");
    const front = page.locator("section[aria-label=Flashcard] [aria-live]").first();
    const question = await front.textContent();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Good" }).waitFor();
    await picture(page, "practice");
    await page.keyboard.press("3");
    await page.getByRole("button", { name: "Show the answer" }).waitFor();
    expect(await front.textContent()).not.toBe(question);
    await page.keyboard.press("u");
    await page.waitForFunction((text) => document.querySelector("section[aria-label=Flashcard] [aria-live]")?.textContent === text, question);
    expect(complaints).toEqual([]);
  });

  test("a reader who comes back is led to where they were", async () => {
    const { page } = await site.visitor();
    await page.goto("/course/services/how-traffic-finds-your-pod");
    const heading = page.locator("article h2").nth(2);
    await heading.scrollIntoViewIfNeeded();
    await page.evaluate((y) => window.scrollTo(0, y), await heading.evaluate((element) => element.getBoundingClientRect().top + window.scrollY - 80));
    await page.waitForResponse((response) => response.request().method() === "POST");
    await page.goto("/");
    await page.getByRole("link", { name: "Go on: How traffic finds your Pod" }).click();
    await page.getByText("You were at").waitFor();
  });

  test("what was read survives a restart of the server", async () => {
    const { page } = await site.visitor();
    await page.goto("/course/services/how-traffic-finds-your-pod");
    await page.getByRole("button", { name: "Mark as read" }).click();
    await page.getByRole("button", { name: "Mark as not read" }).waitFor();
    await site.restart();
    await page.goto("/course");
    await page.getByText(/^1 of \d+ read$/).waitFor();
  });

  test("reading mode and colours are remembered, and are there in the first paint", async () => {
    const { page } = await site.visitor();
    await page.goto("/course/services/how-traffic-finds-your-pod");
    await page.getByRole("button", { name: "Reading mode" }).click();
    expect(await page.getByRole("navigation", { name: "Curriculum" }).isVisible()).toBe(false);
    await page.getByRole("button", { name: /^Colours/ }).click();
    await page.getByRole("button", { name: /^Colours: light/ }).click();
    const html = await (await page.request.get("/course/services/how-traffic-finds-your-pod")).text();
    expect(html).toMatch(/<html[^>]*data-theme="dark"[^>]*data-reading=""/);
    await picture(page, "lesson-dark-reading");
  });

  test("a guest takes their data away, and erases it", async () => {
    const { page, context } = await site.visitor();
    await page.goto("/course/services/how-traffic-finds-your-pod");
    await page.getByRole("button", { name: "Mark as read" }).click();
    await page.getByRole("button", { name: "Mark as not read" }).waitFor();
    const exported = await (await page.request.get("/api/export")).json();
    expect(exported.lessons).toMatchObject([{ lesson: "services/how-traffic-finds-your-pod" }]);
    await page.goto("/settings");
    await page.getByRole("button", { name: "Erase it" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Erase it" }).click();
    await page.getByRole("button", { name: "Nothing to erase" }).waitFor();
    expect((await context.cookies()).filter((cookie) => cookie.name === "podpath_learner")).toEqual([]);
  });
});
