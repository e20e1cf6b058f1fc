/**
 * Which TCP packet moves a connection from which state to which: tcp_conntracks[][][] of
 * net/netfilter/nf_conntrack_proto_tcp.c, one row per kind of packet, one column per old state.
 * IG means "let it through and learn nothing", IV that no such packet can belong here.
 */
import { TCP } from "../wire/packet";

export const TCP_STATES = ["NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2"] as const;
export const S = { none: 0, synSent: 1, synRecv: 2, established: 3, finWait: 4, closeWait: 5, lastAck: 6, timeWait: 7, close: 8, synSent2: 9, invalid: 10, ignore: 11 } as const;
/** enum tcp_bit_set: what kind of packet it is. */
export const KIND = { syn: 0, synAck: 1, fin: 2, ack: 3, rst: 4, none: 5 } as const;

const CODES: Readonly<Record<string, number>> = { NO: 0, SS: 1, SR: 2, ES: 3, FW: 4, CW: 5, LA: 6, TW: 7, CL: 8, S2: 9, IV: 10, IG: 11 };

const ORIGINAL = `
  SS SS IG IG IG IG IG SS SS S2
  IV IV SR IV IV IV IV IV IV SR
  IV IV FW FW LA LA LA TW CL IV
  ES IV ES ES CW CW TW TW CL IV
  IV CL CL CL CL CL CL CL CL CL
  IV IV IV IV IV IV IV IV IV IV`;

const REPLY = `
  IV S2 IV IV IV IV IV SS IV S2
  IV SR IG IG IG IG IG IG IG SR
  IV IV FW FW LA LA LA TW CL IV
  IV IG SR ES CW CW TW TW CL IG
  IV CL CL CL CL CL CL CL CL CL
  IV IV IV IV IV IV IV IV IV IV`;

const rows = (table: string): readonly (readonly number[])[] =>
  table
    .trim()
    .split("\n")
    .map((row) => row.trim().split(" ").map((code) => CODES[code] ?? S.invalid));

const TABLE = [rows(ORIGINAL), rows(REPLY)] as const;

export function nextState(direction: 0 | 1, kind: number, state: number): number {
  return TABLE[direction][kind]?.[state] ?? S.invalid;
}

/** get_conntrack_index. */
export function kindOf(flags: number): number {
  if (flags & TCP.rst) return KIND.rst;
  if (flags & TCP.syn) return flags & TCP.ack ? KIND.synAck : KIND.syn;
  if (flags & TCP.fin) return KIND.fin;
  return flags & TCP.ack ? KIND.ack : KIND.none;
}

/** tcp_valid_flags: combinations no honest stack sends make a packet INVALID at once. */
const { fin, syn, rst, psh, ack, urg } = TCP;
const VALID: ReadonlySet<number> = new Set([syn, syn | urg, syn | ack, rst, rst | ack, fin | ack, fin | ack | urg, ack, ack | urg]);

export function validFlags(flags: number): boolean {
  return VALID.has(flags & 0x3f & ~psh);
}
