/** `kubectl describe` of Endpoints and EndpointSlices. */
import type { Task } from "../../../core/task";
import type { Endpoints, EndpointSlice } from "../../../kube/types";
import type { Context } from "../command";
import { writeEvents } from "./events";
import { Page } from "./page";

export function* describeEndpoints(context: Context, endpoints: Endpoints, showEvents: boolean): Task<string> {
  const { metadata } = endpoints;
  const page = new Page();
  page.field(0, "Name", metadata.name).field(0, "Namespace", metadata.namespace ?? "").labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations);
  page.line(0, "Subsets:");
  for (const { addresses, notReadyAddresses, ports } of endpoints.subsets ?? []) {
    page.field(1, "Addresses", (addresses ?? []).map(({ ip }) => ip).join(",") || "<none>");
    page.field(1, "NotReadyAddresses", (notReadyAddresses ?? []).map(({ ip }) => ip).join(",") || "<none>");
    if ((ports ?? []).length > 0) page.line(1, "Ports:").line(2, "Name\tPort\tProtocol").line(2, "----\t----\t--------");
    for (const { name, port, protocol } of ports ?? []) page.line(2, `${name || "<unset>"}\t${port}\t${protocol ?? "TCP"}`);
    page.line(0, "");
  }
  yield* writeEvents(page, context, endpoints, showEvents);
  return page.toString();
}

export function* describeEndpointSlice(context: Context, slice: EndpointSlice, showEvents: boolean): Task<string> {
  const { metadata } = slice;
  const page = new Page();
  page.field(0, "Name", metadata.name).field(0, "Namespace", metadata.namespace ?? "").labels("Labels", metadata.labels).annotations("Annotations", metadata.annotations);
  page.field(0, "AddressType", slice.addressType);
  if ((slice.ports ?? []).length === 0) page.line(0, "Ports: <unset>");
  else page.line(0, "Ports:").line(1, "Name\tPort\tProtocol").line(1, "----\t----\t--------");
  for (const { name, port, protocol } of slice.ports ?? []) page.line(1, `${name || "<unset>"}\t${port ?? "<unset>"}\t${protocol ?? "TCP"}`);
  page.line(0, slice.endpoints.length === 0 ? "Endpoints: <none>" : "Endpoints:");
  for (const endpoint of slice.endpoints) {
    page.field(1, "- Addresses", endpoint.addresses.join(", ") || "<none>").line(2, "Conditions:").field(3, "Ready", endpoint.conditions?.ready ?? "<unset>");
    page.field(2, "Hostname", endpoint.hostname ?? "<unset>");
    if (endpoint.targetRef !== undefined) page.field(2, "TargetRef", `${endpoint.targetRef.kind ?? ""}/${endpoint.targetRef.name ?? ""}`);
    page.field(2, "NodeName", endpoint.nodeName ?? "<unset>").field(2, "Zone", endpoint.zone ?? "<unset>");
  }
  yield* writeEvents(page, context, slice, showEvents);
  return page.toString();
}
