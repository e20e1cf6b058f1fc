/** What --ctstate and --state ask: enum ip_conntrack_info as bits, and what NAT has done. */
import type { ConnRef } from "../../connection";
import { STATUS } from "../../connection";

export const STATE = { INVALID: 1, NEW: 2, RELATED: 4, ESTABLISHED: 8, UNTRACKED: 16, SNAT: 32, DNAT: 64 } as const;
export type StateName = keyof typeof STATE;

export function stateBit(ref: ConnRef | undefined): number {
  if (!ref) return STATE.INVALID;
  switch (ref.info) {
    case "NEW":
      return STATE.NEW;
    case "RELATED":
    case "RELATED_REPLY":
      return STATE.RELATED;
    case "UNTRACKED":
      return STATE.UNTRACKED;
    case "ESTABLISHED":
    case "ESTABLISHED_REPLY":
      return STATE.ESTABLISHED;
  }
}

/** The state, and SNAT or DNAT beside it. */
export function stateBits(ref: ConnRef | undefined): number {
  const nat = (ref?.conn?.has(STATUS.srcNat) ? STATE.SNAT : 0) | (ref?.conn?.has(STATUS.dstNat) ? STATE.DNAT : 0);
  return stateBit(ref) | nat;
}
