/** What has been typed in a world by the time a reader reaches one of a lesson's console blocks. */
import "server-only";
import type { ScriptStep } from "@/app/_lab/protocol";
import { parseTranscript } from "@/engine";

const FENCE = /^```console([^\n]*)\n([\s\S]*?)^```/gm;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** The commands and waits of the page's blocks in `world`, up to and with the block of that number (counted from 1, over the page). */
export function scriptUpTo(source: string, world: string, block: number): readonly ScriptStep[] {
  const blocks = [...source.matchAll(FENCE)].slice(0, block).filter(([, meta = ""]) => worldOf(meta) === world);
  return blocks.flatMap(([, , text = ""]) =>
    parseTranscript(text, "console").flatMap((step): readonly ScriptStep[] => {
      if (step.kind === "command") return [{ kind: "command", place: step.place, line: step.line }];
      return step.kind === "directive" && step.verb === "wait" ? [{ kind: "wait", ms: durationMs(step.argument) }] : [];
    }),
  );
}

function worldOf(meta: string): string | undefined {
  return /(?:^|\s)world=(?:"([^"]*)"|(\S+))/.exec(meta)?.slice(1).find((value) => value !== undefined);
}

/** "500ms", "2s", "3m": what parseTranscript lets through. */
function durationMs(written: string): number {
  const [, amount = "0", unit = "s"] = /^([\d.]+)(ms|s|m)$/.exec(written) ?? [];
  return Number(amount) * (UNIT_MS[unit] ?? 0);
}
