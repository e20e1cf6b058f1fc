/** A netlink request that the kernel refused: its errno, and what it said about it (extended ack), which `ip` prints as "Error: …". */
import { type Code, SysError } from "../core/errno";

export class NetlinkError extends SysError {
  constructor(
    code: Code,
    readonly extack?: string,
  ) {
    super(code);
  }
}
