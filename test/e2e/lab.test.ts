/** The story of the first lab, typed as a learner would, in a real browser. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findLab } from "@/app/_cli/lab-files";
import { buildIsFresh } from "@/app/_cli/setup.mjs";
import { type Journal, openSession } from "@/engine";
import { canBrowse, openLab, picture, screen, seriously, shows, Site, type } from "./site";

const site = new Site();
const CURL = "kubectl exec -it debug-pod -- curl -sS http://payments.production.svc.cluster.local/health";
const PATCH = `kubectl patch svc payments -p '{"spec":{"selector":{"app":"payments"}}}'`;
const MISTAKES = [
  ["kubectl get pods --foo", "error: unknown flag: --foo"],
  ["kubectl gte pods", 'error: unknown command "gte" for "kubectl"'],
  ["kubectl get svc payments -o jsonpath='{.spec'", "error: error parsing jsonpath {.spec, unclosed action"],
  ["echo '{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"prts\":[]}}' | kubectl apply -f -", 'unknown field "spec.prts"'],
  ["foo", "bash: foo: command not found"],
  ["top", "top: not modelled: a live display"],
  ["iptables --foo", 'unknown option "--foo"'],
] as const;

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
    await page.goto("about:blank"); // The tab is closed: nobody is there to miss the server.
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
    await page.getByText("Copied", { exact: true }).waitFor({ state: "attached" });
    const { stateHash, ...journal } = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as Journal & { stateHash: string };
    const replayed = openSession(findLab(process.cwd(), "payments").files, { seed: journal.seed, journal });
    expect(replayed.stateHash(), buildIsFresh() ? "two worlds" : "two engines: the build is older than the sources, and npm test makes it anew").toBe(stateHash);
  }, 60_000);

  test("opens an editor for kubectl edit; a mistake is told, nothing is lost, and the mended text mends the world", async () => {
    const { page, complaints, requests } = await site.visitor();
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
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(`${site.address}/`) && !/^(data|blob):/.test(url))).toEqual([]);
  }, 90_000);

  test("lets the keyboard out of the editor, and types Tab inside it", async () => {
    const { page } = await site.visitor();
    await openLab(page, "/labs/payments");
    await type(page, "kubectl edit svc payments");
    await page.getByRole("dialog").locator(".view-lines").waitFor({ timeout: 20_000 });
    await page.keyboard.press("F6");
    await page.waitForFunction(() => document.activeElement?.textContent === "Cancel");
    await page.keyboard.press("F6");
    await page.waitForFunction(() => document.activeElement?.closest(".monaco-editor") != null);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.closest(".monaco-editor") != null)).toBe(true);
    await page.keyboard.press("Control+Z");
    await page.keyboard.press("F6");
    await page.keyboard.press("Enter");
    await shows(page, "Edit cancelled, no changes made.");
    await page.waitForFunction(() => document.activeElement?.closest("[data-terminal]") != null);
    await type(page, "echo in the terminal again");
    await shows(page, /^in the terminal again$/m);
  }, 60_000);

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
    await page.waitForFunction(() => document.activeElement?.textContent?.startsWith("Hints"));
    await page.getByRole("button", { name: "Who refuses?" }).waitFor();
    await page.keyboard.press("F6");
    await page.waitForFunction(() => document.activeElement?.closest("[data-terminal]") != null);
    await type(page, "echo in again");
    await shows(page, /^in again$/m);
  }, 60_000);

  test("opens a second terminal on a node, ready to type into", async () => {
    const { page } = await site.visitor();
    await openLab(page, "/labs/payments");
    await page.getByRole("button", { name: "Open another terminal" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "node-1" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label")?.startsWith("Terminal on node-1"));
    await shows(page, /root@node-1:~# ?$/m);
    await type(page, "iptables-save -t filter | grep -c 'production/payments:http has no endpoints'");
    await shows(page, /^1$/m);
    await page.getByRole("tab", { name: "bastion" }).click();
    await type(page, "hostname");
    await shows(page, /^bastion$/m);
  }, 60_000);

  test("says that nothing is saved while the server is away, and saves when it is back", async () => {
    const { page, context } = await site.visitor();
    await openLab(page, "/labs/payments");
    await type(page, "echo before");
    await page.locator("[data-saving=saved]").waitFor();
    await context.setOffline(true);
    await type(page, "echo while away");
    await shows(page, /^while away$/m);
    await page.getByText("Not saved: no connection").waitFor();
    await context.setOffline(false);
    await page.locator("[data-saving=saved]").waitFor({ timeout: 15_000 });
    await openLab(page, "/labs/payments");
    await shows(page, /^while away$/m);
  }, 60_000);

  test.each(["light", "dark"] as const)("axe finds nothing serious in hints, map, editor and debrief, %s", async (colours) => {
    const { page } = await site.visitor({ colours });
    await page.emulateMedia({ reducedMotion: "reduce" });
    await openLab(page, "/labs/payments");
    await page.getByRole("tab", { name: "Hints" }).click();
    await page.getByRole("button", { name: "Who refuses?" }).click();
    await page.getByRole("heading", { name: "Who refuses?" }).waitFor();
    expect(await seriously(page)).toEqual([]);
    await page.getByRole("tab", { name: "Map" }).click();
    await page.getByRole("list", { name: "Services" }).waitFor();
    expect(await seriously(page)).toEqual([]);
    await page.locator("[data-terminal] textarea").first().focus();
    await type(page, "kubectl edit svc payments");
    await page.getByRole("dialog").locator(".view-lines").waitFor({ timeout: 20_000 });
    expect(await seriously(page)).toEqual([]);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.waitForFunction(() => document.activeElement?.closest("[data-terminal]") != null);
    await type(page, PATCH);
    await page.getByRole("tab", { name: "Debrief" }).waitFor({ timeout: 30_000 });
    expect(await seriously(page)).toEqual([]);
    await picture(page, `lab-debrief-${colours}`);
  }, 90_000);

  test("answers mistakes in the real tools' words, and goes on", async () => {
    const { page, complaints } = await site.visitor();
    await openLab(page, "/labs/payments");
    for (const [line, answer] of MISTAKES) {
      await type(page, `clear; ${line}`);
      await shows(page, answer);
      await shows(page, /[$#] ?$/m);
    }
    expect(complaints).toEqual([]);
  }, 90_000);

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
