/**
 * resourceFieldRef: what a container asks for and may have, as a number in an environment variable
 * or a file (pkg/api/v1/resource, ExtractContainerResourceValue). A limit that is not set is what
 * the node has to give; a request that is not set is nothing.
 */
import { milliValue, wholeValue } from "../../kube/schema/quantity";
import type { Container } from "../../kube/types";
import type { KubeletContext } from "./context";

export type ResourceField = { readonly resource: string; readonly divisor?: string };

/** In units of the divisor, rounded up. Undefined for a resource that cannot be asked for. */
export function resourceField({ store, nodeName }: KubeletContext, { resources }: Container, { resource, divisor = "0" }: ResourceField): string | undefined {
  const [kind, name = ""] = resource.split(/\.(.*)/);
  if (kind !== "limits" && kind !== "requests") return undefined;
  const known = name === "cpu" || name === "memory" || name === "ephemeral-storage";
  if (!known && !name.startsWith("hugepages-")) return undefined;
  const own = kind === "limits" ? resources?.limits?.[name] : resources?.requests?.[name];
  const amount = own ?? (kind === "limits" && known ? store.get("Node", nodeName)?.status.allocatable?.[name] : undefined) ?? "0";
  const value = name === "cpu" ? milliValue : wholeValue;
  return String(Math.ceil(value(amount) / value(wholeValue(divisor) === 0 ? "1" : divisor)));
}
