/**
 * Requests to the API, as short as they can be written: a good object as YAML under `base`, then what
 * is done to it before it is sent.
 *
 *   base Pod
 *     apiVersion: v1 …
 *   create spec.containers[0].name=A_b ; -spec.containers[0].image
 *   update spec.nodeName=other
 *
 * `create` posts the changed object. The others begin with the good one: `update` changes what was made of it
 * and puts it back (`status`: its status), `replace` puts a changed manifest in its place, `patch TYPE {…}`
 * patches it, `get PATH` and `delete PATH JSON` ask for what is below its collection. `raw TEXT` posts the text as it stands.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

export type Json = { [name: string]: unknown };
export type Case = { readonly line: string; readonly act: Act; readonly base: Json; readonly edits: readonly string[]; readonly text: string; readonly type: string };
type Act = "create" | "update" | "replace" | "status" | "patch" | "raw" | "get" | "delete";
const WITH_EDITS: readonly string[] = ["create", "update", "replace", "status"] satisfies Act[];

const FOLDER = path.join(import.meta.dirname, "cases");

export function caseFiles(): readonly string[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith(".txt")).map((name) => name.replace(/\.txt$/, "")).sort();
}

export function readCases(file: string): readonly Case[] {
  const cases: Case[] = [];
  let base: Json = {};
  let yaml: string[] | undefined;
  for (const line of [...readFileSync(path.join(FOLDER, `${file}.txt`), "utf8").split("\n"), ""]) {
    if (yaml !== undefined) {
      if (line.startsWith("  ")) {
        yaml.push(line);
        continue;
      }
      base = parse(yaml.join("\n")) as Json;
      yaml = undefined;
    }
    if (line.startsWith("base")) yaml = [];
    else if (line.trim() !== "" && !line.startsWith("#")) cases.push(readCase(line, base));
  }
  return cases;
}

function readCase(line: string, base: Json): Case {
  const [, act = "", rest = ""] = /^(\w+) ?(.*)$/.exec(line) ?? [];
  const common = { line, base, edits: [], text: rest, type: "" };
  if (act === "raw" || act === "get") return { ...common, act };
  if (act === "delete") {
    const [, type = "", text = ""] = /^(\S+) ?(.*)$/.exec(rest) ?? [];
    return { ...common, act, text, type };
  }
  if (act === "patch") {
    const [, type = "", text = ""] = /^(\w+) (.*)$/.exec(rest) ?? [];
    return { ...common, act, text, type };
  }
  if (!WITH_EDITS.includes(act)) throw new Error(`not a case: ${line}`);
  return { ...common, act: act as Act, edits: rest.split(" ; ").filter((edit) => edit !== "") };
}

/** A copy of the object with the case's changes. */
export function edited({ edits }: Case, object: Json): Json {
  const copy = structuredClone(object);
  for (const edit of edits) change(copy, edit);
  return copy;
}

/** `a.b[0]=JSON or text`, `-a.b`; a key with dots is written a."x/y.z". */
function change(object: Json, edit: string): void {
  const [, minus, written = "", value] = /^(-?)((?:"[^"]*"|[^="])+)(?:=(.*))?$/s.exec(edit.trim()) ?? [];
  const steps = [...written.matchAll(/"([^"]*)"|([^.[\]"]+)/g)].map(([, quoted, plain = ""]) => quoted ?? plain);
  const last = steps.pop() ?? "";
  let at: Json = object;
  for (const [i, step] of steps.entries()) at = (at[step] ??= /^\d+$/.test(steps[i + 1] ?? last) ? [] : {}) as Json;
  if (minus) Array.isArray(at) ? at.splice(Number(last), 1) : delete at[last];
  else at[last] = value === undefined ? null : valueOf(value);
}

/** JSON, or else the text itself; `x*300` is three hundred of them. */
function valueOf(text: string): unknown {
  const [, one = "", times] = /^(.+)\*(\d+)$/s.exec(text) ?? [];
  if (times !== undefined) return one.repeat(Number(times));
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
