/**
 * Which programs there are. One list for each owner of a shelf; an image chooses from them.
 * To add a program: one import, one entry, in alphabetical order, and its name in catalogue.ts.
 */
import { parseAnyYaml } from "../core/yaml";
import type { Program } from "../host/proc";
import { otherModes } from "../node/proxy/other-modes";
import type { Tools } from "./tools";
import { absentSystemTools } from "./absent";
import { awk } from "./awk/awk";
import { bridge } from "./bridge";
import { busyboxApplets } from "./busybox/index";
import { conntrack } from "./conntrack/index";
import { coreutils as small } from "./coreutils/index";
import { egrep, fgrep, grep } from "./grep/grep";
import { ip } from "./ip/index";
import { iptablesPrograms } from "./iptables";
import { ipset } from "./ipset";
import { ipvsadmPrograms } from "./ipvsadm/index";
import { jq } from "./jq/jq";
import { complete } from "./kubectl/complete";
import { otherPrinters } from "./kubectl/printers/other-printers";
import { COMMANDS } from "./kubectl/verbs/index";
import { parseManifestYaml } from "./kubectl/yaml-reader";
import { networkClients } from "./network-clients";
import { nft } from "./nft";
import { nfacct } from "./nfacct";
import { nstat } from "./nstat";
import { sed } from "./sed/sed";
import { sudo } from "./sudo";
import { sysctl } from "./sysctl";

/** Text tools and what else a small Linux has. */
export const coreutils: readonly Program[] = [awk, egrep, fgrep, grep, jq, sed, ...small];

/** iproute2 and its kin: what configures a network namespace. */
export const networkTools: readonly Program[] = [bridge, conntrack, ip, ipset, ...iptablesPrograms, ...ipvsadmPrograms, nfacct, nft, nstat, sysctl];

/** Everything a node has. */
export const allPrograms: readonly Program[] = [...coreutils, ...networkTools, ...networkClients, ...absentSystemTools, sudo];

/** All that a page may fetch while the world boots. */
export const allTools: Tools = {
  shelves: { coreutils, networkTools, networkClients, systemTools: [...absentSystemTools, sudo], busybox: busyboxApplets },
  kubectl: { commands: COMMANDS, complete, readYaml: parseManifestYaml, printers: otherPrinters },
  proxyModes: otherModes,
  readYaml: parseAnyYaml,
};
export { networkClients } from "./network-clients";
