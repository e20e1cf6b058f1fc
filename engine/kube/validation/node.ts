/** ValidateNode and ValidateNodeUpdate: taints and the addresses of a node's Pods. */
import { type FieldError, forbiddenField, invalid, notSupported, required } from "../field-error";
import { goDump } from "../schema/go-internal";
import type { Node } from "../types";
import { all } from "./environment";
import { legacyCidr } from "./ip";
import { cidr, labelValue, qualifiedName } from "./names";

const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function validateNode({ spec }: Node): readonly FieldError[] {
  const { podCIDRs = [] } = spec;
  const wrong = podCIDRs.flatMap((range, i) => legacyCidr(range, `spec.podCIDRs[${i}]`));
  const many = podCIDRs.length > 1 && podCIDRs.every((range) => cidr(range) && !range.includes(":"));
  // Upstream looks for the taints among the metadata.
  return [...validateTaints(spec.taints ?? [], "metadata.taints"), ...wrong, ...(many ? [invalid("spec.podCIDRs", podCIDRs, "may specify no more than one CIDR for each IP family")] : [])];
}

type Taint = NonNullable<Node["spec"]["taints"]>[number];

function validateTaints(taints: readonly Taint[], field: string): readonly FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, i) => {
    const at = `${field}[${i}]`;
    const { key = "", value = "", effect = "" } = taint;
    const errors: FieldError[] = [...all(`${at}.key`, key, qualifiedName(key))];
    const bad = labelValue(value);
    if (bad.length > 0) errors.push(invalid(`${at}.value`, value, bad.join(";")));
    if (effect === "") errors.push(required(`${at}.effect`));
    else if (!EFFECTS.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, EFFECTS));
    const pair = `${effect} ${key}`;
    if (seen.has(pair)) {
      const again = JSON.stringify(goDump("Taint", taint));
      return [...errors, { type: "Duplicate value", field: at, body: `Duplicate value: ${again}: taints must be unique by key and effect pair` } as const];
    }
    seen.add(pair);
    return errors;
  });
}

export function validateNodeUpdate({ spec }: Node, { spec: old }: Node): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (old.podCIDR && spec.podCIDR !== old.podCIDR) errors.push(forbiddenField("spec", "node updates may only change labels, taints, or capacity (or configSource, if the DynamicKubeletConfig feature gate is enabled)"));
  return errors;
}
