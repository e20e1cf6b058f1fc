/**
 * The page a describer writes: lines with tabs, indented by level, laid out at the end.
 * kubectl/pkg/describe: PrefixWriter, tabbedString and the printers of labels and the like.
 */
import { MONTHS, WEEKDAYS, civil, parseRfc3339 } from "../../../core/date";
import { DESCRIBE_LAYOUT, tabulate } from "../tabwriter";

export class Page {
  #text = "";

  /** A line, two blanks further in for each level. */
  line(level: number, text: string): this {
    this.#text += `${"  ".repeat(level)}${text}\n`;
    return this;
  }

  /** "Title:<tab>value" */
  field(level: number, title: string, value: string | number | boolean): this {
    return this.line(level, `${title}:\t${value}`);
  }

  /** As it is before its columns are laid out: rollout history shows templates so. */
  get withTabs(): string {
    return this.#text;
  }

  toString(): string {
    return tabulate(this.#text, DESCRIBE_LAYOUT);
  }

  /** One under the other in a column of their own: labels, selectors. */
  list(title: string, items: readonly string[]): this {
    if (items.length === 0) return this.line(0, `${title}:\t<none>`);
    for (const [i, item] of items.entries()) this.line(0, `${i === 0 ? `${title}:` : ""}\t${item}`);
    return this;
  }

  labels(title: string, labels: Readonly<Record<string, string>> | undefined): this {
    return this.list(title, pairs(labels));
  }

  annotations(title: string, annotations: Readonly<Record<string, string>> | undefined): this {
    const keys = Object.keys(annotations ?? {})
      .filter((key) => key !== "kubectl.kubernetes.io/last-applied-configuration")
      .sort();
    return this.list(title, keys.flatMap((key) => annotationLines(key, (annotations?.[key] ?? "").replace(/\n$/, ""))));
  }
}

const MAX_ANNOTATION = 140;

/** Long or many-lined values begin on a line of their own. */
function annotationLines(key: string, value: string): readonly string[] {
  if (value.length + key.length + 2 <= MAX_ANNOTATION && !value.includes("\n")) return [`${key}: ${value}`];
  const room = MAX_ANNOTATION - 2;
  return [`${key}:`, ...value.split("\n").map((line) => `  ${line.length > room ? `${line.slice(0, room)}...` : line}`)];
}

/** "key=value", sorted. */
export function pairs(labels: Readonly<Record<string, string>> | undefined): readonly string[] {
  return Object.keys(labels ?? {})
    .sort()
    .map((key) => `${key}=${labels?.[key] ?? ""}`);
}

type Toleration = { readonly key?: string; readonly operator?: string; readonly value?: string; readonly effect?: string; readonly tolerationSeconds?: number };

export function tolerationTexts(tolerations: readonly Toleration[] | undefined): readonly string[] {
  return [...(tolerations ?? [])].sort((a, b) => ((a.key ?? "") < (b.key ?? "") ? -1 : (a.key ?? "") > (b.key ?? "") ? 1 : 0)).map(tolerationText);
}

function tolerationText({ key = "", operator, value = "", effect = "", tolerationSeconds }: Toleration): string {
  let text = key + (value === "" ? "" : `=${value}`) + (effect === "" ? "" : `:${effect}`);
  if (operator === "Exists" && value === "") text += text === "" ? "op=Exists" : " op=Exists";
  return tolerationSeconds === undefined ? text : `${text} for ${tolerationSeconds}s`;
}

/** time.RFC1123Z: Sat, 21 Nov 2026 09:00:00 +0000 */
export function longTime(written: string | null | undefined): string {
  const ms = written ? parseRfc3339(written) : undefined;
  if (ms === undefined) return "Mon, 01 Jan 0001 00:00:00 +0000";
  const d = civil(ms);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${WEEKDAYS[d.weekday]}, ${two(d.day)} ${MONTHS[d.month - 1]} ${d.year} ${two(d.hour)}:${two(d.minute)}:${two(d.second)} +0000`;
}

type Selector = {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
};

/** metav1.FormatLabelSelector: "app=web,tier in (a,b)"; <none> for one that chooses everything. */
export function formatSelector(selector: Selector | undefined): string {
  if (selector === undefined) return "<none>";
  const text = selectorText(selector);
  return text === "" ? "<none>" : text;
}

export function selectorText(selector: Selector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  const rest = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => ({ key, text: requirement(key, operator, [...values].sort()) }));
  return [...equal, ...rest]
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(",");
}

function requirement(key: string, operator: string, values: readonly string[]): string {
  if (operator === "Exists") return key;
  if (operator === "DoesNotExist") return `!${key}`;
  return `${key} ${operator === "In" ? "in" : "notin"} (${values.join(",")})`;
}

/** "True" or "False". */
export function capital(value: boolean | undefined): string {
  return value === true ? "True" : "False";
}
