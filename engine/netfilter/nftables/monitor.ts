/** `nft monitor`, without a process around it: what is told, line by line, until it is left (src/monitor.c). */
import type { Netfilter } from "../attach";
import { type Batch, batchText, type Change } from "./changes";
import type { Monitor } from "./command";
import type { Rule } from "./model";
import { ruleText } from "./print";
import type { TraceStep } from "./trace";

/** Returns how to leave. */
export function listen({ nftables, ns }: Netfilter, { filter, json, handles }: Monitor, hear: (text: string) => void): () => void {
  const now = (): number => ns.world.scheduler.nowMs;
  if (filter.object !== "trace") {
    const listener = (batch: Batch): void => {
      const text = batchText(batch, filter, { nowMs: now(), json, handles });
      if (text !== "") hear(text);
    };
    nftables.listeners.add(listener);
    return () => nftables.listeners.delete(listener);
  }
  const words = new RuleWords(now);
  for (const table of nftables.listed()) for (const chain of table.chains.values()) for (const rule of chain.rules) words.learn(rule);
  const listener = ({ changes }: Batch): void => changes.forEach((change) => words.hear(change));
  const tracer = (step: TraceStep): void => hear(`${step.head} ${"text" in step ? step.text : `rule ${words.of(step.rule)} (verdict ${step.verdict})`}\n`);
  nftables.listeners.add(listener);
  nftables.tracers.add(tracer);
  return () => {
    nftables.listeners.delete(listener);
    nftables.tracers.delete(tracer);
  };
}

/** Rules as they were when they were first seen: counters do not move in a trace. */
class RuleWords {
  readonly #texts = new Map<Rule, string>();

  constructor(private readonly now: () => number) {}

  learn(rule: Rule): void {
    this.#texts.set(rule, ruleText(rule.statements, rule.comment, { nowMs: this.now() }));
  }

  hear(change: Change): void {
    if (change.kind !== "rule") return;
    if (change.op === "delete") this.#texts.delete(change.rule);
    else this.learn(change.rule);
  }

  of(rule: Rule): string {
    if (!this.#texts.has(rule)) this.learn(rule);
    return this.#texts.get(rule) ?? "";
  }
}
