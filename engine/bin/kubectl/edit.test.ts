import { expect, test } from "vitest";
import { Bench } from "../../../test/support/kubectl-bench";
import { SysError } from "../../core/errno";
import type { EditRequest } from "./command";

/** A bench whose editor makes these changes, one at each opening; undefined closes it without saving. */
function editing(...changes: readonly ((text: string) => string | undefined)[]): { readonly bench: Bench; readonly opened: EditRequest[] } {
  const bench = new Bench();
  const opened: EditRequest[] = [];
  bench.session("kubectl apply -f -", "apiVersion: v1\nkind: Service\nmetadata: {name: payments}\nspec: {selector: {app: payments-api}, ports: [{port: 80}]}\n");
  // Never yields: this editor is quick
  bench.edit = function* (request) {
    opened.push(request);
    return changes[opened.length - 1]?.(request.text);
  };
  return { bench, opened };
}

test("what was changed is patched", () => {
  const { bench, opened } = editing((text) => text.replace("app: payments-api", "app: payments"));
  expect(bench.session("kubectl edit svc payments")).toBe("service/payments edited\n");
  expect(bench.session("kubectl get svc payments -o jsonpath={.spec.selector}")).toBe('{"app":"payments"}');
  expect([opened[0]?.title, opened[0]?.text.split("\n").slice(0, 6)]).toEqual([
    "service/payments",
    [
      "# Please edit the object below. Lines beginning with a '#' will be ignored,",
      "# and an empty file will abort the edit. If an error occurs while saving this file will be",
      "# reopened with the relevant failures.",
      "#",
      "apiVersion: v1",
      "kind: Service",
    ],
  ]);
});

test.each([
  ["closing without saving", () => undefined, "Edit cancelled, no changes made.\n"],
  ["changing only a comment", (text: string) => `# note\n${text}`, "Edit cancelled, no changes made.\n"],
  ["saving nothing", () => "# empty\n", "Edit cancelled, saved file was empty.\n"],
])("%s cancels", (_, change, message) => {
  const { bench } = editing(change);
  expect(bench.session("kubectl edit svc/payments")).toBe(message);
});

test("what the server refuses is opened again with the reason, and nothing typed is lost", () => {
  const { bench, opened } = editing(
    (text) => text.replace("port: 80", "port: 70000"),
    (text) => text.replace("port: 70000", "port: 8000"),
  );
  expect(bench.session("kubectl edit svc payments")).toBe('service/payments edited\nerror: services "payments" is invalid\n');
  expect(opened[1]?.text).toContain('#\n# services "payments" was not valid:\n# * spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive\n#\napiVersion: v1\n');
  expect(opened[1]?.text).toContain("port: 70000");
  expect(bench.session("kubectl get svc payments -o jsonpath={.spec.ports[0].port}")).toBe("8000");
});

test("a file that is no YAML is opened again with the line of the mistake", () => {
  const { bench, opened } = editing(
    (text) => text.replace("app: payments-api", "app: payments: api"),
    () => undefined,
  );
  const { stderr, exit } = bench.run("kubectl edit svc payments");
  expect(opened[1]?.text).toMatch(/# The edited file had a syntax error: error parsing edited-file: error converting YAML to JSON: yaml: line \d+: mapping values are not allowed in this context\n#\n/);
  expect(stderr).toMatch(/^A copy of your changes has been stored to "\/tmp\/kubectl-edit-\d+\.yaml"\nerror: Edit cancelled, no valid changes were saved\.\n$/);
  expect(exit).toBe(1);
});

test("a name may not be changed", () => {
  const { bench } = editing((text) => text.replace("name: payments\n", "name: other\n"));
  expect(bench.run("kubectl edit svc payments").stderr).toMatch(/error: At least one of apiVersion, kind and name was changed\n$/);
});

test("where no editor can be opened, kubectl says so as it does without vi", () => {
  const { bench } = editing();
  // Never yields: it only fails
  bench.edit = function* () {
    throw new SysError("ENOENT");
  };
  expect(bench.session("kubectl edit svc payments")).toBe('error: unable to launch the editor "vi"\n[exit 1]\n');
});
