/** Quantities as manifests write them ("500m", "128Mi"): k8s.io/apimachinery resource.Quantity. */
const SUFFIX: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Its value; undefined if the text is no quantity. */
export function parseQuantity(text: string): number | undefined {
  const m = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text);
  if (m === null) return undefined;
  if (m[2] !== undefined) return Number(`${m[1]}${m[2]}`);
  return Number(m[1]) * (SUFFIX[m[3] ?? ""] ?? 1);
}

/** A sum of quantities as the first of them would be written: decimal milli, or binary. */
export function formatQuantity(value: number, like: "cpu" | "binary" | "plain"): string {
  if (like === "cpu") return Number.isInteger(value) ? String(value) : `${Math.round(value * 1000)}m`;
  if (like === "plain" || value === 0) return String(value);
  for (const [suffix, size] of [["Ei", 2 ** 60], ["Pi", 2 ** 50], ["Ti", 2 ** 40], ["Gi", 2 ** 30], ["Mi", 2 ** 20], ["Ki", 2 ** 10]] as const) {
    if (value % size === 0) return `${value / size}${suffix}`;
  }
  return String(value);
}
