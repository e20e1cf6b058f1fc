/**
 * `podpath bench`: how fast it is, here. Each entry prints figures with their unit; medians of
 * several runs, because machines are noisy. Nothing is judged.
 */
import { Load, openSession, typeLine, verifyJournal } from "@/engine";
import { bundle, prompt } from "../bench-page";
import { type Command, type Context, parse, UsageProblem } from "../command";
import { findLab } from "../lab-files";
import { cluster } from "../bench-cluster";
import { ipvs } from "../bench-ipvs";
import { nftables } from "../bench-nftables";
import { services } from "../bench-services";
import { median, timed } from "../measure";

/** `kernel`: what the kernel of this machine needs for the same. */
export type Figure = { readonly name: string; readonly value: number; readonly unit: string; readonly kernel?: number };
type Entry = { readonly name: string; readonly what: string; readonly run: (context: Context) => Promise<readonly Figure[]> | readonly Figure[] };

const ENTRIES: readonly Entry[] = [
  { name: "boot", what: "opening the lab payments, broken and ready for the prompt", run: boot },
  { name: "connect", what: "a new TCP connection from a Pod through a ClusterIP", run: connect },
  { name: "http", what: "HTTP requests over kept-alive connections through a ClusterIP", run: http },
  { name: "replay", what: "replaying a journal of the lab payments", run: replay },
  { name: "services", what: "rules of many Services, and new connections through them", run: services },
  { name: "ipvs", what: "IPVS with many Services, and new connections through it", run: ipvs },
  { name: "nftables", what: "nftables with many Services, and new connections through its verdict map", run: nftables },
  { name: "cluster", what: "a cluster of 200 nodes: coming up, standing idle, rolling out", run: cluster },
  { name: "bundle", what: "what the browser's worker is made of", run: ({ root }) => bundle(root) },
  { name: "prompt", what: "from the click on a lab to its prompt, in Chromium", run: ({ root }) => prompt(root) },
];

export const bench: Command = {
  name: "bench",
  usage: `bench [${ENTRIES.map(({ name }) => name).join("|")}…] [--json]`,
  summary: "measures; prints figures with their units",
  options: [["--json", "prints one object instead of a table"]],

  async run(args, context) {
    const { values, positionals } = parse(args, { json: { type: "boolean" } });
    const unknown = positionals.find((name) => !ENTRIES.some((entry) => entry.name === name));
    if (unknown !== undefined) throw new UsageProblem(`there is no benchmark "${unknown}"`);
    for (const entry of ENTRIES) {
      if (positionals.length > 0 && !positionals.includes(entry.name)) continue;
      const figures = await entry.run(context);
      if (values.json) console.log(JSON.stringify({ bench: entry.name, what: entry.what, figures }));
      else {
        console.log(`${entry.name}: ${entry.what}`);
        for (const { name, value, unit, kernel } of figures) console.log(`  ${name.padEnd(36)} ${rounded(value).padStart(10)} ${unit}${kernel === undefined ? "" : `   kernel ${rounded(kernel).padStart(8)} ${unit}`}`);
      }
    }
    return 0;
  },
};

function boot({ root }: Context): readonly Figure[] {
  const { files } = findLab(root, "payments");
  const first = timed(() => openSession(files, { seed: 1 }));
  const others = Array.from({ length: 75 }, (_, i) => timed(() => openSession(files, { seed: i + 2 })));
  return [
    { name: "first, nothing compiled yet", value: first, unit: "ms" },
    { name: "warm, median of 2nd to 16th", value: median(others.slice(0, 15)), unit: "ms" },
    { name: "compiled, median of 62nd to 76th", value: median(others.slice(60)), unit: "ms" },
  ];
}

function connect({ root }: Context): readonly Figure[] {
  const load = paymentsLoad(root);
  load.connections(5000);
  const each = median(Array.from({ length: 9 }, () => timed(() => load.connections(2000)) / 2000));
  return [{ name: "per connection, median of 9 × 2,000", value: each * 1000, unit: "µs" }];
}

function http({ root }: Context): readonly Figure[] {
  const load = paymentsLoad(root);
  load.requests(20_000, 10);
  const seconds = median(Array.from({ length: 7 }, () => timed(() => load.requests(20_000, 10)) / 1000));
  return [{ name: "requests, median of 7 × 20,000", value: 20_000 / seconds, unit: "/s" }];
}

function replay({ root }: Context): readonly Figure[] {
  const { files } = findLab(root, "payments");
  const session = openSession(files, { seed: 1 });
  for (let i = 0; i < 10; i++) {
    typeLine(session, "bastion", "kubectl get pods -o wide; kubectl exec debug-pod -- curl -s http://catalog/health");
    session.run(60_000);
  }
  typeLine(session, "bastion", `kubectl patch svc payments -p '{"spec":{"selector":{"app":"payments"}}}'`);
  session.run(60_000);
  const journal = session.journal();
  const ms = median(Array.from({ length: 5 }, () => timed(() => verifyJournal(files, journal))));
  return [
    { name: "the world's time in the journal", value: journal.endUs / 1e6, unit: "s" },
    { name: "replay, boot included, median of 5", value: ms, unit: "ms" },
    { name: "speed", value: journal.endUs / 1000 / ms, unit: "× real time" },
  ];
}

function paymentsLoad(root: string): Load {
  return new Load(findLab(root, "payments").files, "production", "payments", "debug-pod");
}

function rounded(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(value >= 10 ? 1 : 2);
}
