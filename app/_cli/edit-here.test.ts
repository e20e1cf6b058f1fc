import { afterEach, expect, test, vi } from "vitest";
import { editHere } from "./edit-here";

afterEach(() => vi.unstubAllEnvs());

test("the editor that is set gets the text in a file, and what it saved comes back", () => {
  vi.stubEnv("KUBE_EDITOR", "sed -i s/payments-api/payments/");
  expect(editHere({ text: "app: payments-api\n", language: "yaml" })).toBe("app: payments\n");
});

test("an editor that ends badly cancels, and says so", () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.stubEnv("KUBE_EDITOR", "false");
  expect(editHere({ text: "app: payments-api\n", language: "yaml" })).toBe(null);
  expect(said.mock.calls).toEqual([['podpath: the editor "false" ended with status 1; set EDITOR to the one you use\r\n']]);
  said.mockRestore();
});
