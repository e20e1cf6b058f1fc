/** The text of a label selector as the object a budget or a Service is given: metav1.ParseToLabelSelector. */
import { readLabelSelector, SelectorSyntaxError } from "../../kube/label-selector-parser";
import type { Selector } from "../../kube/selectors";
import { Failure } from "./errors";
import type { JsonMap } from "./json";

const OPERATORS: Readonly<Record<string, string>> = { in: "In", notin: "NotIn", exists: "Exists", "!": "DoesNotExist" };

/** The selector's requirements; what cannot be read is a Failure that quotes it. */
export function parsedSelector(written: string): Selector {
  try {
    return readLabelSelector(written);
  } catch (error) {
    if (error instanceof SelectorSyntaxError) throw new Failure(`couldn't parse the selector string "${written}": ${error.message}`);
    throw error;
  }
}

export function labelSelectorOf(written: string): JsonMap {
  const matchLabels: Record<string, string> = {};
  const matchExpressions: JsonMap[] = [];
  for (const { key, operator, values } of parsedSelector(written)) {
    if (operator === "=") matchLabels[key] = values[0] ?? "";
    else if (operator === "gt" || operator === "lt") throw new Failure(`${JSON.stringify(operator)} isn't supported in label selectors`);
    else if (operator === "!=") throw new Failure(`${JSON.stringify(operator)} is not a valid label selector operator`);
    else matchExpressions.push({ key, operator: OPERATORS[operator] ?? "", ...(values.length > 0 ? { values } : {}) });
  }
  return { ...(Object.keys(matchLabels).length > 0 ? { matchLabels } : {}), ...(matchExpressions.length > 0 ? { matchExpressions } : {}) };
}
