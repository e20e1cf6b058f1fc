/**
 * What IPVS thinks a TCP connection is doing, by the flags alone (ip_vs_proto_tcp.c). A director
 * that only sees one direction (direct routing) has a table of its own.
 */
import { TCP } from "../wire/packet";

export const TCP_STATE = ["NONE", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "SYNACK"] as const;
export type TcpState = (typeof TCP_STATE)[number];

/** Seconds an entry stays without another packet. `--set` changes ESTABLISHED and FIN_WAIT. */
export const tcpTimeouts = (): Record<TcpState, number> => ({
  NONE: 2,
  ESTABLISHED: 900,
  SYN_SENT: 120,
  SYN_RECV: 60,
  FIN_WAIT: 120,
  TIME_WAIT: 120,
  CLOSE: 10,
  CLOSE_WAIT: 60,
  LAST_ACK: 30,
  LISTEN: 120,
  SYNACK: 120,
});

/** These count as ActiveConn, all others as InActConn. */
export const isActive = (state: TcpState): boolean => state === "ESTABLISHED" || state === "SYN_SENT" || state === "SYN_RECV" || state === "SYNACK";

const NAMES: Readonly<Record<string, TcpState>> = { NO: "NONE", ES: "ESTABLISHED", SS: "SYN_SENT", SR: "SYN_RECV", FW: "FIN_WAIT", TW: "TIME_WAIT", CL: "CLOSE", CW: "CLOSE_WAIT", LA: "LAST_ACK", LI: "LISTEN", SA: "SYNACK" };

type Table = Readonly<Record<Kind, readonly TcpState[]>>;
type Kind = "syn" | "fin" | "ack" | "rst";

/** One column for each state that is left, in the order of TCP_STATE. */
function table(syn: string, fin: string, ack: string, rst: string): Table {
  const row = (states: string): readonly TcpState[] => states.split(" ").map((short) => NAMES[short] as TcpState);
  return { syn: row(syn), fin: row(fin), ack: row(ack), rst: row(rst) };
}

//                      NO ES SS SR FW TW CL CW LA LI SA
const INPUT = table(
  "SR ES ES SR SR SR SR SR SR SR SR",
  "CL CW SS TW TW TW CL CW LA LI TW",
  "ES ES SS ES FW TW CL CW CL LI ES",
  "CL CL CL SR CL CL CL CL LA LI SR",
);
const OUTPUT = table(
  "SS ES SS SR SS SS SS SS SS LI SR",
  "TW FW SS TW FW TW CL TW LA LI TW",
  "ES ES SS ES FW TW CL CW LA ES ES",
  "CL CL SS CL CL TW CL CL CL CL CL",
);
const INPUT_ONLY = table(
  "SR ES ES SR SR SR SR SR SR SR SR",
  "CL FW SS TW FW TW CL CW LA LI TW",
  "ES ES SS ES FW TW CL CW CL LI ES",
  "CL CL CL SR CL CL CL CL LA LI CL",
);

/** With secure_tcp, an entry is not believed before the server has answered. */
const SECURE_INPUT = table(
  "SR ES ES SR SR SR SR SR SR SR SA",
  "CL CW SS TW TW TW CL CW LA LI SA",
  "ES ES SS SR FW TW CL CW CL LI SA",
  "CL CL CL SR CL CL CL CL LA LI CL",
);
const SECURE_OUTPUT = table(
  "SS ES SS SA SS SS SS SS SS LI SA",
  "TW FW SS TW FW TW CL TW LA LI TW",
  "ES ES SS ES FW TW CL CW LA ES ES",
  "CL CL SS CL CL TW CL CL CL CL CL",
);
const SECURE_INPUT_ONLY = table(
  "SA ES ES SR SA SA SA SA SA SA SA",
  "CL FW SS TW FW TW CL CW LA LI TW",
  "ES ES SS ES FW TW CL CW CL LI ES",
  "CL CL CL SR CL CL CL CL LA LI CL",
);

const ORDINARY = { in: INPUT, out: OUTPUT, inOnly: INPUT_ONLY };
const SECURE = { in: SECURE_INPUT, out: SECURE_OUTPUT, inOnly: SECURE_INPUT_ONLY };

export type TcpView = keyof typeof ORDINARY;

export function nextState(state: TcpState, flags: number, view: TcpView, secure: boolean): TcpState {
  const kind: Kind | undefined = flags & TCP.rst ? "rst" : flags & TCP.syn ? "syn" : flags & TCP.fin ? "fin" : flags & TCP.ack ? "ack" : undefined;
  if (kind === undefined) return "CLOSE";
  return (secure ? SECURE : ORDINARY)[view][kind][TCP_STATE.indexOf(state)] ?? "CLOSE";
}
