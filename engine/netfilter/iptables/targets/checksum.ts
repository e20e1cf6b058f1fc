/**
 * -j CHECKSUM --checksum-fill: computes a checksum that offloading left open. Here every packet's
 * checksum is right whenever it is encoded, so there is nothing to do. libxt_CHECKSUM.c.
 */
import { defineTarget } from "../extension";

export const CHECKSUM = defineTarget<Record<string, never>>({
  name: "CHECKSUM",
  tables: ["mangle"],
  init: () => ({}),
  options: { "checksum-fill": { flag: true, mandatory: true, set: () => {} } },
  apply: () => "CONTINUE",
  save: () => "--checksum-fill",
  list: () => "CHECKSUM fill",
});
