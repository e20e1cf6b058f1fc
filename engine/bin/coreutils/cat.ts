/** cat: files one after the other; bytes pass unchanged unless lines are numbered or shown. */
import { utf8 } from "../../core/bytes";
import { LineReader } from "../../host/lines";
import { defineCommand } from "../command";
import { eachInput, optionsOf } from "./support";

export const cat = defineCommand({
  name: "cat",
  summary: "concatenate files and print on the standard output",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "AbeEnstTuv", long: { "show-all": "A", "number-nonblank": "b", "show-ends": "E", number: "n", "squeeze-blank": "s", "show-tabs": "T", "show-nonprinting": "v" } });
    if (typeof options === "number") return options;
    const has = (keys: string): boolean => [...keys].some((key) => options.has(key));
    const show = { nonprinting: has("Avet"), ends: has("AEe"), tabs: has("ATt"), number: has("n"), nonblank: has("b"), squeeze: has("s") };
    const plain = !Object.values(show).some(Boolean);
    let count = 0;
    let blanks = 0;
    const fine = yield* eachInput(proc, options.rest, function* (file) {
      if (plain) {
        for (let chunk = yield* file.read(); chunk !== undefined; chunk = yield* file.read()) {
          yield* proc.file(1).write(chunk);
          yield* proc.charge(4 + chunk.length / 1000);
        }
        return;
      }
      const lines = new LineReader(file);
      for (let line = yield* lines.next(); line; line = yield* lines.next()) {
        const empty = line.text === "";
        blanks = empty ? blanks + 1 : 0;
        if (show.squeeze && blanks > 1) continue;
        const number = show.nonblank ? !empty : show.number;
        if (number) count++;
        const head = number ? `${String(count).padStart(6)}\t` : "";
        yield* proc.file(1).write(utf8(head + visible(line.text, show) + (show.ends && line.newline ? "$" : "") + (line.newline ? "\n" : "")));
        yield* proc.charge(4);
      }
    });
    return fine ? 0 : 1;
  },
});

function visible(text: string, show: { readonly nonprinting: boolean; readonly tabs: boolean }): string {
  const tabs = show.tabs ? text.replaceAll("\t", "^I") : text;
  if (!show.nonprinting) return tabs;
  return tabs.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, (char) => (char === "\x7f" ? "^?" : `^${String.fromCharCode(char.charCodeAt(0) + 64)}`)).replace(/[\u0080-\uffff]/g, (char) => [...utf8(char)].map(meta).join(""));
}

function meta(byte: number): string {
  const low = byte & 127;
  return low < 32 ? `M-^${String.fromCharCode(low + 64)}` : low === 127 ? "M-^?" : `M-${String.fromCharCode(low)}`;
}
