/** What counts or measures, as it is written: `counter`, `limit rate over 10/second burst 5 packets`, `quota over 5 mbytes`, `ct count 3` (stateful_stmt of src/parser_bison.y). */
import type { LimitSpec, LimitUnit, StatefulNode } from "./ast";
import { type Loc, NftError, notModelled } from "./source";
import type { Tokens } from "./tokens";

const UNITS: readonly LimitUnit[] = ["second", "minute", "hour", "day", "week"];
export const BYTE_UNITS: Readonly<Record<string, number>> = { bytes: 1, kbytes: 1024, mbytes: 1024 * 1024 };

/** As many as there are. */
export function parseStatefuls(t: Tokens): StatefulNode[] {
  const list: StatefulNode[] = [];
  for (let one = parseStateful(t); one; one = parseStateful(t)) list.push(one);
  return list;
}

export function parseStateful(t: Tokens): StatefulNode | undefined {
  if (t.take("counter")) return parseCounter(t);
  if (t.is("limit")) return { kind: "limit", limit: parseLimit(t) };
  if (t.take("quota")) return parseQuota(t);
  if (!t.is("ct") || t.ahead(1).text !== "count") return undefined;
  t.next();
  t.next();
  return parseCount(t);
}

/** After `counter`. */
export function parseCounter(t: Tokens): StatefulNode {
  if (!t.take("packets")) return { kind: "counter", packets: 0, bytes: 0 };
  const packets = t.number();
  t.expect("bytes", ["bytes"]);
  return { kind: "counter", packets, bytes: t.number(["number"], ["packets", "bytes"]) };
}

/** At `limit`, with `rate` to follow. */
export function parseLimit(t: Tokens): LimitSpec {
  t.expect("limit");
  if (t.is("name")) notModelled("limit name");
  t.expect("rate", ["name", "rate"]);
  return parseRate(t);
}

export function parseRate(t: Tokens): LimitSpec {
  const over = t.take("over") !== undefined;
  if (!over) t.take("until");
  let rate = t.number(["number"], ["rate", "over", "until", "burst"]);
  let bytes = false;
  const [size = "", per] = t.isWord() ? t.now.text.split("/") : [];
  // "mbytes/second" is one word to the scanner (rate_parse).
  if (per !== undefined && BYTE_UNITS[size] !== undefined && (UNITS as readonly string[]).includes(per)) {
    t.next();
    return finish(t, rate * (BYTE_UNITS[size] ?? 1), per as LimitUnit, over, true);
  }
  if (t.isWord() && BYTE_UNITS[t.now.text] !== undefined) {
    rate *= BYTE_UNITS[t.next().text] ?? 1;
    bytes = true;
  }
  t.expect("/", bytes ? ["/"] : ["/", "string", "bytes"]);
  if (!t.isAny(UNITS)) t.fail();
  return finish(t, rate, t.next().text as LimitUnit, over, bytes);
}

function finish(t: Tokens, rate: number, unit: LimitUnit, over: boolean, bytes: boolean): LimitSpec {
  let burst = bytes ? 0 : 5;
  if (t.take("burst")) {
    burst = t.number();
    if (bytes) burst *= BYTE_UNITS[t.name().text] ?? t.fail();
    else t.expect("packets", ["packets"]);
  }
  return { rate, unit, over, burst, ...(bytes && { bytes: true as const }) };
}

/** After `quota`. */
export function parseQuota(t: Tokens): StatefulNode {
  const start = t.last;
  const over = t.take("over") !== undefined;
  if (!over) t.take("until");
  const bytes = parseBytes(t, start);
  const used = t.is("used") ? parseBytes(t, t.next()) : 0;
  return { kind: "quota", quota: { bytes, over }, used };
}

/** `5 mbytes`; what is wrong with the unit is said of everything from `start` on (data_unit_parse). */
function parseBytes(t: Tokens, start: Loc): number {
  const amount = t.number(["number"], ["over", "until", "used"]);
  if (!t.isWord()) t.fail(["string", "bytes"]);
  const unit = BYTE_UNITS[t.next().text];
  if (unit === undefined) throw new NftError("Wrong rate format", t.since(start));
  return amount * unit;
}

/** After `ct count`. */
function parseCount(t: Tokens): StatefulNode {
  const over = t.take("over") !== undefined;
  return { kind: "ct count", count: t.number(over ? ["number"] : ["number", "over"]), over };
}
