/** One socket as ss prints it: addresses, and what -p, -o, -e, -m, -i and the like add (inet_show_sock). */
import type { Services } from "../../host/netdb";
import type { Netns } from "../../net/netns";
import { TcpConnection, type TcpState } from "../../net/tcp-connection";
import type { TimeWait } from "../../net/tcp-timewait";
import { ANY, type Ip, printIp } from "../../wire/ip";
import type { Options } from "../options";
import { tcpInfo, timerOf } from "./info";
import { skmem } from "./memory";
import type { Row } from "./rows";

const NAMES: Readonly<Record<TcpState, string>> = { ESTABLISHED: "ESTAB", SYN_SENT: "SYN-SENT", SYN_RECV: "SYN-RECV", FIN_WAIT1: "FIN-WAIT-1", FIN_WAIT2: "FIN-WAIT-2", TIME_WAIT: "TIME-WAIT", CLOSED: "UNCONN", CLOSE_WAIT: "CLOSE-WAIT", LAST_ACK: "LAST-ACK", LISTEN: "LISTEN", CLOSING: "CLOSING" };

export type Look = {
  readonly ns: Netns;
  readonly options: Options;
  readonly services: Services;
  /** Of addresses, with -r; empty: there is none. */
  readonly names: ReadonlyMap<Ip, string>;
  /** Only processes under /proc can be named: those of this PID namespace. */
  readonly processes: ReadonlyMap<number, unknown>;
};

export class Printer {
  constructor(private readonly look: Look) {}

  cells(row: Row): readonly string[] {
    const device = row.device === undefined ? "" : `%${row.device}`;
    return [
      row.netid === "raw" ? "???" : row.netid,
      NAMES[row.state],
      String(row.recvQ).padEnd(6),
      String(row.sendQ).padEnd(6),
      `${this.#address(row.localIp, row.dual)}${device}:`,
      this.#port(row.localPort, row.netid),
      `${this.#address(row.peerIp, row.dual)}:`,
      this.#port(row.peerPort, row.netid),
      this.#extras(row),
    ];
  }

  /** A socket of the IPv6 family that takes IPv4 as well shows mapped addresses. */
  #address(ip: Ip, dual: boolean): string {
    if (ip === ANY) return dual ? "*" : "0.0.0.0";
    const name = this.look.names.get(ip);
    if (name !== undefined && name !== "") return name;
    return dual ? `[::ffff:${printIp(ip)}]` : printIp(ip);
  }

  #port(port: number, protocol: Row["netid"]): string {
    if (port === 0) return "*";
    if (this.look.options.has("n")) return String(port);
    if (protocol === "raw") return port === 1 ? "icmp" : String(port);
    return this.look.services.name(port, protocol) ?? String(port);
  }

  #extras(row: Row): string {
    const { look: { options, processes } } = this;
    const { owner, socket, netid } = row;
    const details = options.has("e");
    const deep = `${options.has("O") ? "" : "\n\t"} `;
    let out = "";
    if ((options.has("p") || options.has("T")) && owner !== undefined && processes.has(owner.pid)) out += ` users:(("${owner.name}",pid=${owner.pid},${options.has("T") ? `tid=${owner.pid},` : ""}fd=${owner.fd}))`;
    if (netid === "tcp" && options.has("o")) out += timerOf(socket as TcpConnection | TimeWait);
    if (details) out += this.#details(row);
    else if (options.has("cgroup") && row.inode !== 0) out += " cgroup:/";
    if (options.has("tos") && row.shutdown !== undefined) out += ` tos:${hex(row.tos)} class_id:0`;
    if (options.has("inet-sockopt") && row.shutdown !== undefined) out += `${deep.slice(0, -1) || " "}inet-sockopt: ( ${socketOptions(row)})`;
    const memory = options.has("m") && row.shutdown !== undefined;
    if (memory) out += `${deep}${skmem(this.look.ns, row)}`;
    if (options.has("i") && netid === "tcp") {
      const info = tcpInfo(socket as TcpConnection | TimeWait, { numeric: options.has("n"), flags: options.has("o") });
      out += info !== "" || !memory ? `${memory || options.has("O") ? "" : "\n\t"}${info}` : "";
    }
    return out;
  }

  #details({ inode, socket, shutdown }: Row): string {
    const cookie = this.look.ns.sockets.cookieOf(socket).toString(16);
    const numbers = ` ino:${inode} sk:${cookie}`;
    if (shutdown === undefined) return numbers;
    return `${numbers} cgroup:/ ${shutdown & 1 ? "-" : "<"}-${shutdown & 2 ? "-" : ">"}`;
  }
}

const hex = (value: number): string => (value === 0 ? "0" : `0x${value.toString(16)}`);

function socketOptions({ socket, device }: Row): string {
  const words = [socket instanceof TcpConnection && "is_icsk", device !== undefined && "bind_to_device", "mc_loop", "mc_all"];
  return words.filter((word) => word !== false).join(" ");
}
