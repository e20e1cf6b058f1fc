/** The story of the first lab, typed as a learner would, in a real browser. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findLab } from "@/app/_cli/lab-files";
import { type Journal, openSession } from "@/engine";
import { canBrowse, openLab, picture, screen, shows, Site, type } from "./site";

const site = new Site();
const CURL = "kubectl exec -it debug-pod -- curl -sS http://payments.production.svc.cluster.local/health";
const PATCH = `kubectl patch svc payments -p '{"spec":{"selector":{"app":"payments"}}}'`;

const goal = (page: Page, id: string, state: string) => page.locator(`[data-goal=${id}][data-state=${state}]`).waitFor({ timeout: 40_000 });

describe.skipIf(!canBrowse)("the payments lab", () => {
  beforeAll(() => site.start(), 60_000);
  afterAll(() => site.stop());

  test("is found, understood, mended, awarded, and there tomorrow", async () => {
    const { page, complaints } = await site.visitor();
    await openLab(page, "/labs/payments");
    await type(page, CURL);
    await shows(page, /Connection refused|Could not connect|Failed to connect/);
    await goal(page, "customers", "open");
    await type(page, "kubectl get endpoints payments");
    await shows(page, "<none>");
    await picture(page, "lab-broken");

    await type(page, PATCH);
    await shows(page, "service/payments patched");
    await goal(page, "customers", "met");
    await page.getByText("The server has replayed your world and seen it too.").waitFor({ timeout: 30_000 });
    await type(page, "clear");
    await type(page, CURL);
    await shows(page, /ok|healthy|"status"/i);
    await page.locator("[data-saving=saved]").waitFor();
    await picture(page, "lab-solved");

    await page.waitForTimeout(1500);
    const before = await screen(page);
    await site.restart();
    await openLab(page, "/labs/payments");
    expect((await screen(page)).split("\n").slice(0, 4)).toEqual(before.split("\n").slice(0, 4));
    await goal(page, "customers", "met");
    await page.goto("/labs");
    await page.getByText("solved").waitFor();
    expect(complaints).toEqual([]);
  }, 180_000);

  test("is the same world in Chromium and in Node, to the last bit", async () => {
    const { page } = await site.visitor();
    await openLab(page, "/labs/payments");
    await type(page, "kubectl get pods -o wide; iptables-save | wc -l");
    await shows(page, /payments-\S+\s+1\/1/);
    await page.getByRole("button", { name: "Stop time" }).click();
    await page.getByRole("button", { name: "Copy a bug report" }).click();
    await page.waitForTimeout(500);
    const { stateHash, ...journal } = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as Journal & { stateHash: string };
    const replayed = openSession(findLab(process.cwd(), "payments").files, { seed: journal.seed, journal });
    expect(replayed.stateHash()).toBe(stateHash);
  }, 60_000);

  test("opens an editor for kubectl edit; a mistake is told, nothing is lost, and the mended text mends the world", async () => {
    const { page } = await site.visitor();
    await openLab(page, "/labs/payments");
    await type(page, "kubectl edit svc payments");
    const dialog = page.getByRole("dialog");
    await dialog.locator(".view-lines").waitFor({ timeout: 20_000 });
    await page.keyboard.press("Control+End");
    await page.keyboard.type("broken: [yaml");
    await page.getByRole("button", { name: "Save and close" }).click();
    await dialog.getByRole("alert").waitFor({ timeout: 20_000 });
    await dialog.locator(".view-lines").waitFor();
    await page.keyboard.press("Control+End");
    await page.waitForFunction(() => document.querySelector(".view-lines")?.textContent?.includes("broken:"));
    await picture(page, "lab-editor");
    await page.keyboard.press("Control+Shift+K");

    await page.keyboard.press("Control+F");
    await page.keyboard.type("payments-api");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await page.keyboard.type("payments");
    await page.keyboard.press("Control+S");
    await shows(page, "service/payments edited");
    await goal(page, "customers", "met");
  }, 90_000);

  test("an editor that is cancelled with changes asks first", async () => {
    const { page } = await site.visitor();
    await openLab(page, "/labs/payments");
    await type(page, "kubectl edit svc payments");
    await page.getByRole("dialog").locator(".view-lines").waitFor({ timeout: 20_000 });
    await page.keyboard.type("# remark");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("Your changes will be lost.").waitFor();
    await page.getByRole("button", { name: "Throw them away" }).click();
    await shows(page, "Edit cancelled, no changes made.");
  }, 60_000);

  test("stays usable while a loop is busy, and Ctrl-C ends it", async () => {
    const { page } = await site.visitor();
    await openLab(page, "/labs/payments");
    await type(page, "while true; do :; done");
    await page.waitForTimeout(1000);
    await stillSmooth(page);
    await page.keyboard.press("Control+C");
    await type(page, "echo back again");
    await shows(page, /^back again$/m);
  }, 60_000);

  test("stays usable while a loop floods the terminal", async () => {
    const { page } = await site.visitor();
    await openLab(page, "/labs/payments");
    await type(page, "while true; do echo flood; done");
    await page.waitForTimeout(2000);
    await stillSmooth(page);
    await page.keyboard.press("Control+C");
    await type(page, "clear; echo back again");
    await shows(page, /^back again$/m);
  }, 60_000);

  test("takes a paste of ten megabytes without freezing, and Ctrl-C drops the rest of it", async () => {
    const { page } = await site.visitor();
    await openLab(page, "/labs/payments");
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.setData("text/plain", "0123456789abcde ".repeat(655_360));
      document.activeElement?.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await page.waitForTimeout(2000);
    await stillSmooth(page);
    await page.keyboard.press("Control+C");
    await type(page, "echo back again");
    await shows(page, /^back again$/m, 30_000);
  }, 90_000);

  test("is left and entered with the keyboard alone", async () => {
    const { page } = await site.visitor();
    await openLab(page, "/labs/payments");
    await page.locator("[data-terminal] textarea").first().focus();
    await page.keyboard.press("F6");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Story");
    await page.keyboard.press("ArrowRight");
    await page.getByText(/hint/i).first().waitFor();
    await page.keyboard.press("F6");
    await type(page, "echo in again");
    await shows(page, /^in again$/m);
  }, 60_000);

  test("begins again, and steps back by a line", async () => {
    const { page } = await site.visitor();
    await openLab(page, "/labs/payments");
    await type(page, "echo first");
    await shows(page, /^first$/m);
    await type(page, "echo second");
    await shows(page, /^second$/m);
    await page.getByRole("button", { name: "Back to before the last line" }).click();
    await page.waitForFunction(() => !document.querySelector(".xterm-rows")?.textContent?.includes("second"));
    await shows(page, /^first$/m);
    await page.getByRole("button", { name: "Reset" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Begin again" }).click();
    await page.waitForFunction(() => !document.querySelector(".xterm-rows")?.textContent?.includes("first"));
    await shows(page, /[$#] ?$/m);
  }, 60_000);

  test("a lesson's console block is opened where it stands", async () => {
    const { page } = await site.visitor();
    await page.goto("/course/services/how-traffic-finds-your-pod");
    await page.getByRole("link", { name: "Open in the workbench" }).nth(1).click();
    await page.getByText("Not saved: opened from a lesson").waitFor();
    await shows(page, "kubectl create deployment web --image=nginx --replicas=3", 30_000);
    await type(page, "kubectl get deployment web");
    await shows(page, /web\s+3\/3/);
  }, 90_000);
});

/** The page draws on: no frame is late by more than a third of a second. */
async function stillSmooth(page: Page): Promise<void> {
  const worst = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let last = performance.now();
        let gap = 0;
        const began = last;
        const frame = (now: number) => {
          gap = Math.max(gap, now - last);
          last = now;
          if (now - began > 1500) resolve(gap);
          else requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      }),
  );
  expect(worst).toBeLessThan(350);
}
