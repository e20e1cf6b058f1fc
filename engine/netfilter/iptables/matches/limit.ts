/** -m limit: a bucket of tokens. libxt_limit.c, xt_limit.c. */
import { defineMatch, integer } from "../extension";
import { fail } from "../problem";

/** XT_LIMIT_SCALE: rates are kept in ten-thousandths of a second per packet. */
const SCALE = 10_000;
const MOST = 10_000;
const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["min", 60],
  ["sec", 1],
] as const;
/** The kernel's ticks a second, and what one tick earns: the power of two below 2³² / (HZ * a day) (CREDITS_PER_JIFFY). */
const HZ = 250;
const CREDITS_PER_TICK = 128;

type Bucket = { credit: number; lastTick: number | undefined };
/** `native`: iptables-nft makes it `limit rate` of nftables, which counts nanoseconds (nft_limit.c). */
type Options = { average: number; burst: number; bucket: Bucket; native?: boolean };

/** `3/hour`: into ten-thousandths of a second between two packets. */
function parseRate(text: string): number | undefined {
  const slash = text.indexOf("/");
  const unit = slash < 0 ? undefined : text.slice(slash + 1);
  const count = leadingInt(text) >>> 0;
  const seconds = unit === undefined ? 1 : unit === "" ? undefined : { second: 1, minute: 60, hour: 3600, day: 86_400 }[["second", "minute", "hour", "day"].find((name) => name.startsWith(unit.toLowerCase())) ?? ""];
  if (seconds === undefined || count === 0) return undefined;
  const average = Math.floor((SCALE * seconds) / count);
  if (Math.floor(count / seconds) > MOST || average === 0) fail(`Rate too fast "${text}"`);
  return average;
}

/** atoi(3): the number a text begins with, in 32 bits of a long. */
function leadingInt(text: string): number {
  const digits = BigInt(/^\s*\+?(\d+)/.exec(text)?.[1] ?? /^\s*-(\d+)/.exec(text)?.[1] ?? "0");
  const most = 0x7fff_ffff_ffff_ffffn;
  const value = digits > most ? most : digits;
  return Number(BigInt.asIntN(32, /^\s*-/.test(text) ? -value : value));
}

/** print_rate: the shortest unit whose count is still near enough. */
function rateText(average: number): string {
  const { count, name } = rateOf(average);
  return `${count}/${name}`;
}

function rateOf(average: number): { readonly count: number; readonly name: string; readonly seconds: number } {
  let at = 1;
  for (; at < UNITS.length; at++) {
    const period = SCALE * (UNITS[at]?.[1] ?? 1);
    if (average > period || Math.floor(period / average) < period % average) break;
  }
  const [name, seconds] = UNITS[at - 1] ?? UNITS[3];
  return { count: Math.floor((SCALE * seconds) / average), name, seconds };
}

export const limit = defineMatch<Options>({
  name: "limit",
  pure: false,
  init: () => ({ average: parseRate("3/hour") as number, burst: 5, bucket: { credit: 0, lastTick: undefined } }),
  options: {
    limit: { set: (o, value) => void (o.average = parseRate(value) ?? fail(`bad rate "${value}"'`)) },
    "limit-burst": { set: (o, value) => void (o.burst = integer("limit", "limit-burst", value, 0, MOST)) },
  },
  // The product is computed in 32 bits: "Overflow, try lower".
  checkEntry: ({ average, burst }) => (burst !== 0 && credits(product(average, burst)) >= credits(average) ? true : "ERANGE"),
  nativeInNft: true,
  renew: ({ bucket }) => void (bucket.lastTick = undefined),

  test({ average, burst, bucket, native }, { skb }) {
    if (native) return testNative(average, burst, bucket, skb.ns.world.scheduler.nowMs);
    const cost = credits(average);
    const most = credits(product(average, burst));
    const tick = Math.floor((skb.ns.world.scheduler.nowMs * HZ) / 1000);
    if (bucket.lastTick === undefined) bucket.credit = most;
    else bucket.credit = Math.min(most, bucket.credit + (tick - bucket.lastTick) * CREDITS_PER_TICK);
    bucket.lastTick = tick;
    if (bucket.credit < cost) return false;
    bucket.credit -= cost;
    return true;
  },

  save: ({ average, burst }) => `--limit ${rateText(average)}${burst !== 5 ? ` --limit-burst ${burst}` : ""}`,
  list: ({ average, burst }) => `limit: avg ${rateText(average)} burst ${burst}`,
});

/** As an unsigned int holds it. */
const product = (average: number, burst: number): number => (average * burst) % 0x1_0000_0000;

/** user2credits: what one packet costs, in an unsigned int. */
function credits(average: number): number {
  if (average > Math.floor(0xffff_ffff / (HZ * CREDITS_PER_TICK))) return (Math.floor(average / SCALE) * HZ * CREDITS_PER_TICK) % 0x1_0000_0000;
  return Math.floor((average * HZ * CREDITS_PER_TICK) / SCALE) % 0x1_0000_0000;
}

/** nft_limit_eval: the bucket holds time, in microseconds here. */
function testNative(average: number, burst: number, bucket: Bucket, nowMs: number): boolean {
  const { count, seconds } = rateOf(average);
  const cost = Math.floor((seconds * 1e9) / count) / 1000;
  const now = nowMs * 1000;
  const credit = bucket.lastTick === undefined ? cost * burst : Math.min(cost * burst, bucket.credit + now - bucket.lastTick);
  bucket.lastTick = now;
  bucket.credit = credit >= cost ? credit - cost : credit;
  return credit >= cost;
}
