/** conntrack -o xml and -o save. */
import { type Connection, STATUS } from "../../netfilter/connection";
import { protocolLabel, secondsLeft } from "../../netfilter/conntrack-print";
import { TCP_STATES } from "../../netfilter/conntrack-tcp-states";
import type { Tuple } from "../../netfilter/tuple";
import { printIp } from "../../wire/ip";

export const XML_START = '<?xml version="1.0" encoding="utf-8"?>\n<conntrack>\n';
export const XML_END = "</conntrack>\n";

const zoneTag = (zone: number): string => (zone === 0 ? "" : `<zone>${zone}</zone>`);

function direction(name: "original" | "reply", t: Tuple, conn: Connection): string {
  const ports = t.proto === 6 || t.proto === 17 ? `<sport>${t.sport}</sport><dport>${t.dport}</dport>` : "";
  const counted = conn.accounting?.[name];
  const counters = counted ? `<counters><packets>${counted.packets}</packets><bytes>${counted.bytes}</bytes></counters>` : "";
  return `<meta direction="${name}"><layer3 protonum="2" protoname="ipv4"><src>${printIp(t.src)}</src><dst>${printIp(t.dst)}</dst></layer3><layer4 protonum="${t.proto}" protoname="${protocolLabel(t.proto)}">${ports}</layer4>${zoneTag(conn.ownZone(name))}${counters}</meta>`;
}

export function xmlFlow(conn: Connection, nowMs: number): string {
  const state = conn.tcp ? `<state>${TCP_STATES[conn.tcp.state] ?? "NONE"}</state>` : "";
  const flags = `${conn.has(STATUS.assured) ? "<assured/>" : ""}${conn.has(STATUS.seenReply) ? "" : "<unreplied/>"}`;
  const independent = `${state}<timeout>${secondsLeft(conn, nowMs)}</timeout><mark>${conn.mark}</mark>${zoneTag(conn.sharedZone)}<use>1</use><id>${conn.id}</id>${flags}`;
  return `<flow>${direction("original", conn.original.tuple, conn)}${direction("reply", conn.reply.tuple, conn)}<meta direction="independent">${independent}</meta></flow>`;
}

/** An event tells neither mark nor use, unless there is a mark. */
export function xmlEvent(conn: Connection, nowMs: number, type: "new" | "update" | "destroy"): string {
  const state = conn.tcp ? `<state>${TCP_STATES[conn.tcp.state] ?? "NONE"}</state>` : "";
  const flags = `${conn.has(STATUS.assured) ? "<assured/>" : ""}${conn.has(STATUS.seenReply) ? "" : "<unreplied/>"}`;
  const left = secondsLeft(conn, nowMs);
  const life = type === "destroy" && left === 0 ? "" : `<timeout>${left}</timeout>`;
  const independent = `${state}${life}${conn.mark === 0 ? "" : `<mark>${conn.mark}</mark>`}${zoneTag(conn.sharedZone)}<id>${conn.id}</id>${flags}`;
  return `<flow type="${type}">${direction("original", conn.original.tuple, conn)}${direction("reply", conn.reply.tuple, conn)}<meta direction="independent">${independent}</meta></flow>`;
}

const zoneOption = (name: string, zone: number): string => (zone === 0 ? "" : ` ${name} ${zone}`);

/** As options of conntrack itself, to be typed again; but for the mark, which it forgets. */
export function saveLine(conn: Connection, nowMs: number, command: string): string {
  const o = conn.original.tuple;
  const r = conn.reply.tuple;
  const status = [conn.has(STATUS.seenReply) ? "SEEN_REPLY" : "", conn.has(STATUS.assured) ? "ASSURED" : "", conn.has(STATUS.fixedTimeout) ? "FIXED_TIMEOUT" : ""].filter((word) => word !== "").join(",");
  const head = `${command} -t ${secondsLeft(conn, nowMs)} -u ${status === "" ? "UNSET" : status}`;
  const addresses = `-s ${printIp(o.src)} -d ${printIp(o.dst)} -r ${printIp(r.src)} -q ${printIp(r.dst)} -p ${protocolLabel(o.proto)}`;
  const ends =
    o.proto === 1
      ? ` --icmp-type ${o.dport >>> 8} --icmp-code ${o.dport & 0xff} --icmp-id ${o.sport}`
      : o.proto === 6 || o.proto === 17
        ? ` --sport ${o.sport} --dport ${o.dport} --reply-port-src ${r.sport} --reply-port-dst ${r.dport}`
        : "";
  const state = conn.tcp ? ` --state ${TCP_STATES[conn.tcp.state] ?? "NONE"}` : "";
  return `${head}${zoneOption("-w", conn.sharedZone)}${zoneOption("--orig-zone", conn.ownZone("original"))}${zoneOption("--reply-zone", conn.ownZone("reply"))} ${addresses}${ends}${state}`;
}
