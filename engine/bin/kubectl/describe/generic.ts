/** `kubectl describe` of any other kind: its fields, titled from their names. */
import type { Task } from "../../../core/task";
import type { Context } from "../command";
import { goPrint } from "../go-value";
import { isList, isMap, type Json, type JsonMap, type Obj } from "../json";
import { writeEvents } from "./events";
import { Page } from "./page";

const SKIP = [".metadata.managedFields", ".metadata.name", ".metadata.namespace", ".metadata.labels", ".metadata.annotations"];

export function* describeGeneric(context: Context, object: Obj, showEvents: boolean): Task<string> {
  const { metadata } = object;
  const page = new Page();
  page.field(0, "Name", metadata.name ?? "").field(0, "Namespace", metadata.namespace ?? "").labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations);
  writeFields(page, 0, object, "");
  yield* writeEvents(page, context, object, showEvents);
  return page.toString();
}

function writeFields(page: Page, level: number, map: JsonMap, path: string): void {
  for (const key of Object.keys(map).sort()) {
    const value = map[key] as Json;
    const here = `${path}.${key}`;
    if (SKIP.includes(here)) continue;
    if (isMap(value)) writeFields(page.line(level, `${title(key)}:`), level + 1, value, here);
    else if (isList(value)) {
      page.line(level, `${title(key)}:`);
      for (const item of value) {
        if (isMap(item)) writeFields(page, level + 1, item, here);
        else page.line(level + 1, goPrint(item));
      }
    } else page.field(level, title(key), goPrint(value));
  }
}

/** "apiVersion" is titled "API Version", "resourceVersion" "Resource Version". */
function title(field: string): string {
  if (!/^[A-Za-z-]+$/.test(field)) return field;
  const words = field.match(/[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|-/g) ?? [field];
  return words.map((word) => (["API", "URL", "UID", "GUID"].includes(word.toUpperCase()) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1))).join(" ");
}
