/** ls: names, in columns on a terminal and one a line elsewhere; -l with everything. */
import { civil, MONTHS } from "../../core/date";
import { compare } from "../../core/order";
import type { Task } from "../../core/task";
import { wallMs } from "../../core/world";
import type { Proc } from "../../host/proc";
import type { Stat } from "../../host/fs";
import { textWidth } from "../../host/width";
import { defineCommand } from "../command";
import type { Options } from "../options";
import { complain, humanSize, join, modeString, nameOfId, optionsOf, tried } from "./support";

type Entry = { readonly name: string; readonly path: string; readonly stat: Stat };

export const ls = defineCommand({
  name: "ls",
  summary: "list directory contents",
  *run(proc) {
    const options = yield* optionsOf(proc, { flags: "1aACdFfghiklLmnopqQrRsStuUvxXZG", values: "wT", long: { all: "a", "almost-all": "A", directory: "d", classify: "F", "human-readable": "h", inode: "i", "numeric-uid-gid": "n", reverse: "r", recursive: "R", size: "s", "color=?": "color", "full-time": "full-time", "group-directories-first": "dirs", width: "w" } }, 2);
    if (typeof options === "number") return options;
    for (const letter of "fmQsuUvXZ") {
      if (!options.has(letter)) continue;
      yield* complain(proc, `not modelled: -${letter}`);
      return 2;
    }
    return yield* new Lister(proc, options).run();
  },
});

class Lister {
  #status = 0;
  readonly #long: boolean;
  readonly #color: boolean;
  #printed = false;

  constructor(
    private readonly proc: Proc,
    private readonly options: Options,
  ) {
    this.#long = ["l", "n", "g", "o", "full-time"].some((key) => options.has(key));
    const color = options.value("color");
    this.#color = options.has("color") && color !== "never" && color !== "no" && color !== "none" && (color === "always" || color === "" || color === "yes" || this.#terminal);
  }

  get #terminal(): boolean {
    return this.proc.files.get(1)?.tty !== undefined;
  }

  *run(): Task<number> {
    const names = this.options.rest.length > 0 ? this.options.rest : ["."];
    const files: Entry[] = [];
    const folders: Entry[] = [];
    for (const name of [...names].sort(compare)) {
      const path = this.proc.resolve(name);
      const looked = tried(() => (this.options.has("L") || (!this.#long && !this.options.has("d") && !this.options.has("F")) ? this.proc.fs.stat(path) : this.proc.fs.lstat(path)));
      if ("error" in looked) {
        yield* complain(this.proc, `cannot access '${name}': ${looked.error.message}`);
        this.#status = 2;
      } else if (looked.value.kind === "directory" && !this.options.has("d")) folders.push({ name, path, stat: looked.value });
      else files.push({ name, path, stat: looked.value });
    }
    if (files.length > 0) yield* this.#print(this.#sorted(files));
    const titled = names.length > 1 || this.options.has("R");
    for (const folder of this.#sorted(folders)) yield* this.#folder(folder, titled);
    return this.#status;
  }

  *#folder({ name, path }: Entry, titled: boolean): Task {
    const listed = tried(() => this.proc.fs.list(path));
    if ("error" in listed) {
      yield* complain(this.proc, `cannot open directory '${name}': ${listed.error.message}`);
      this.#status = 2;
      return;
    }
    if (titled) yield* this.proc.out(`${this.#printed ? "\n" : ""}${name}:\n`);
    const all = this.options.has("a");
    const shown = all ? [".", "..", ...listed.value] : listed.value.filter((each) => this.options.has("A") || !each.startsWith("."));
    const entries: Entry[] = [];
    for (const each of shown) {
      const inside = join(path, each);
      const stat = tried(() => (this.options.has("L") ? this.proc.fs.stat(inside) : this.proc.fs.lstat(inside)));
      if ("value" in stat) entries.push({ name: each, path: inside, stat: stat.value });
    }
    const sorted = this.#sorted(entries);
    if (this.#long) yield* this.proc.out(`total ${this.#blocks(sorted)}\n`);
    yield* this.#print(sorted);
    this.#printed = true;
    if (!this.options.has("R")) return;
    for (const entry of sorted) {
      if (entry.stat.kind === "directory" && entry.name !== "." && entry.name !== "..") yield* this.#folder({ ...entry, name: join(name, entry.name) }, true);
    }
  }

  #blocks(entries: readonly Entry[]): string {
    const bytes = entries.reduce((sum, { stat }) => sum + (stat.kind === "symlink" || stat.kind === "device" ? 0 : Math.ceil(stat.size / 4096) * 4096), 0);
    return this.options.has("h") ? humanSize(bytes) : String(bytes / 1024);
  }

  #sorted(entries: readonly Entry[]): readonly Entry[] {
    const order = [...entries].sort((a, b) => {
      if (this.options.has("t") && a.stat.mtimeMs !== b.stat.mtimeMs) return b.stat.mtimeMs - a.stat.mtimeMs;
      if (this.options.has("S") && a.stat.size !== b.stat.size) return b.stat.size - a.stat.size;
      return compare(a.name, b.name);
    });
    if (this.options.has("r")) order.reverse();
    return this.options.has("dirs") ? [...order.filter(({ stat }) => stat.kind === "directory"), ...order.filter(({ stat }) => stat.kind !== "directory")] : order;
  }

  *#print(entries: readonly Entry[]): Task {
    this.#printed = true;
    if (this.#long) return yield* this.#printLong(entries);
    const cells = entries.map((entry) => `${this.options.has("i") ? `${entry.stat.ino} ` : ""}${this.#label(entry)}`);
    const inColumns = !this.options.has("1") && (this.options.has("C") || this.options.has("x") || this.#terminal);
    yield* this.proc.out(inColumns ? columns(cells, Number(this.options.value("w") ?? this.proc.tty?.columns ?? 80), this.options.has("x")) : cells.map((cell) => `${cell}\n`).join(""));
  }

  #label({ name, stat, path }: Entry): string {
    const shown = this.#terminal && /[\s'"\\$&;|<>()*?[\]!#`]/.test(name) ? `'${name}'` : name;
    const executable = stat.kind === "file" && (stat.mode & 0o111) !== 0;
    const code = stat.kind === "directory" ? (stat.mode & 0o1000 ? "30;42" : "01;34") : stat.kind === "symlink" ? (this.proc.fs.exists(path) ? "01;36" : "40;31;01") : stat.kind === "device" ? "40;33;01" : executable ? "01;32" : "";
    const painted = this.#color && code !== "" ? `\x1b[${code}m${shown}\x1b[0m` : shown;
    if (this.options.has("p") && stat.kind === "directory") return `${painted}/`;
    if (!this.options.has("F")) return painted;
    return painted + (stat.kind === "directory" ? "/" : stat.kind === "symlink" ? (this.#long ? "" : "@") : executable ? "*" : "");
  }

  *#printLong(entries: readonly Entry[]): Task {
    const numeric = this.options.has("n");
    const rows = entries.map((entry) => {
      const { stat } = entry;
      const size = stat.kind === "device" ? `${stat.major}, ${stat.minor}` : this.options.has("h") ? humanSize(stat.size) : String(stat.size);
      return {
        inode: this.options.has("i") ? String(stat.ino) : "",
        mode: modeString(stat.kind, stat.mode),
        links: String(stat.nlink),
        user: this.options.has("g") ? "" : numeric ? String(stat.uid) : nameOfId(this.proc, "/etc/passwd", stat.uid),
        group: this.options.has("o") || this.options.has("G") ? "" : numeric ? String(stat.gid) : nameOfId(this.proc, "/etc/group", stat.gid),
        size,
        time: this.options.has("full-time") ? fullTime(stat.mtimeMs) : shortTime(stat.mtimeMs, wallMs(this.proc.world)),
        name: this.#label(entry) + (stat.kind === "symlink" ? ` -> ${stat.target}` : ""),
      };
    });
    const width = (key: keyof (typeof rows)[number]): number => Math.max(0, ...rows.map((row) => row[key].length));
    const [links, user, group, size, inode] = [width("links"), width("user"), width("group"), width("size"), width("inode")];
    let text = "";
    for (const row of rows) {
      const cells = [row.mode, row.links.padStart(links), row.user.padEnd(user), row.group.padEnd(group), row.size.padStart(size), row.time, row.name].filter((_, i) => !(i === 2 && user === 0) && !(i === 3 && group === 0));
      text += `${inode > 0 ? `${row.inode.padStart(inode)} ` : ""}${cells.join(" ")}\n`;
    }
    yield* this.proc.out(text);
  }
}

const HALF_YEAR_MS = 15_778_476_000;

function shortTime(atMs: number, nowMs: number): string {
  const d = civil(atMs);
  const recent = atMs <= nowMs && atMs > nowMs - HALF_YEAR_MS;
  const tail = recent ? `${String(d.hour).padStart(2, "0")}:${String(d.minute).padStart(2, "0")}` : ` ${d.year}`;
  return `${MONTHS[d.month - 1]} ${String(d.day).padStart(2)} ${tail}`;
}

function fullTime(atMs: number): string {
  const d = civil(atMs);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${d.year}-${two(d.month)}-${two(d.day)} ${two(d.hour)}:${two(d.minute)}:${two(d.second)}.${String(d.ms).padStart(3, "0")}000000 +0000`;
}

/** As many columns as fit, each as wide as its longest name and two blanks. */
export function columns(cells: readonly string[], width: number, acrossFirst = false): string {
  if (cells.length === 0) return "";
  const widths = cells.map((cell) => textWidth(cell.replace(/\x1b\[[0-9;]*m/g, "")));
  for (let across = Math.min(cells.length, Math.max(1, Math.floor(width / 3))); across >= 1; across--) {
    const rows = Math.ceil(cells.length / across);
    const at = (row: number, column: number): number => (acrossFirst ? row * across + column : column * rows + row);
    const used = acrossFirst ? across : Math.ceil(cells.length / rows);
    if (used !== across && across > 1) continue;
    const wide = Array.from({ length: across }, (_, column) => Math.max(0, ...Array.from({ length: rows }, (_, row) => widths[at(row, column)] ?? 0)) + (column === across - 1 ? 0 : 2));
    if (across > 1 && wide.reduce((sum, each) => sum + each, 0) > width) continue;
    let text = "";
    for (let row = 0; row < rows; row++) {
      let line = "";
      for (let column = 0; column < across; column++) {
        const i = at(row, column);
        const cell = cells[i];
        if (cell === undefined) continue;
        const last = cells[at(row, column + 1)] === undefined || column === across - 1;
        line += last ? cell : cell + " ".repeat((wide[column] ?? 0) - (widths[i] ?? 0));
      }
      text += `${line}\n`;
    }
    return text;
  }
  return cells.map((cell) => `${cell}\n`).join("");
}
