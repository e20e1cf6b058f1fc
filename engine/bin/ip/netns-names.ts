/** `ip netns`: names for network namespaces, kept as files below /run/netns (ipnetns.c). */
import { destroyNetns } from "../../net/netlink";
import { Netns } from "../../net/netns";
import { attachNetfilter, netfilterOf } from "../../netfilter/attach";
import { type IpContext, printJson } from "./context";
import { IpFailure, type Words, matches, notModelled } from "./words";

export function netns(words: Words, context: IpContext): void {
  const word = words.take();
  const { names, ns, out } = context;
  if (word === undefined || matches(word, "list") || matches(word, "show") || matches(word, "lst")) {
    if (context.options.json) return void out.push(printJson([...names].reverse().map(([name, other]) => namedJson(name, ns.knownNsid(other))), context.options.pretty));
    for (const [name, other] of [...names].reverse()) {
      const nsid = ns.knownNsid(other);
      out.push(`${name}${nsid === undefined ? "" : ` (id: ${nsid})`}\n`);
    }
    return;
  }
  if (matches(word, "add")) return addNetns(words.take(), context);
  if (matches(word, "delete")) return deleteNetns(words.take(), context);
  if (matches(word, "identify")) return identify(words, context);
  if (matches(word, "list-id")) return listIds(words, context);
  if (matches(word, "pids")) return pids(words, context);
  if (matches(word, "attach")) return attach(words, context);
  if (matches(word, "set")) return setId(words.take(), words.take(), context);
  if (matches(word, "help")) throw new IpFailure(NETNS_USAGE, 255);
  if (matches(word, "monitor")) throw notModelled("netns monitor");
  throw new IpFailure(`Command "${word}" is unknown, try "ip netns help".\n`, 255);
}

const NETNS_USAGE = `Usage:	ip netns list
	ip netns add NAME
	ip netns attach NAME PID
	ip netns set NAME NETNSID
	ip [-all] netns delete [NAME]
	ip netns identify [PID]
	ip netns pids NAME
	ip [-all] netns exec [NAME] cmd ...
	ip netns monitor
	ip netns list-id [target-nsid POSITIVE-INT] [nsid POSITIVE-INT]
NETNSID := auto | POSITIVE-INT
`;

function identify(words: Words, { names, ns, processes, out }: IpContext): void {
  const pid = words.take();
  if (words.more) throw new IpFailure("extra arguments specified\n", 1);
  if (pid !== undefined && !/^\d+$/.test(pid)) throw new IpFailure(`Specified string '${pid}' is not a pid\n`, 1);
  const its = pid === undefined ? ns : processes().get(Number(pid));
  if (its === undefined) throw new IpFailure("Cannot open network namespace: No such file or directory\n", 1);
  const own = [...names].filter(([, other]) => other === its).map(([name]) => name);
  out.push(`${own.join("\n")}\n`);
}

function pids(words: Words, { names, processes, out }: IpContext): void {
  const name = words.take();
  if (name === undefined) throw new IpFailure("No netns name specified\n", 1);
  if (words.more) throw new IpFailure("extra arguments specified\n", 1);
  const wanted = names.get(name);
  if (wanted === undefined) throw new IpFailure("Cannot open network namespace: No such file or directory\n", 1);
  for (const [pid, its] of processes()) if (its === wanted) out.push(`${pid}\n`);
}

function attach(words: Words, { names, processes }: IpContext): void {
  const name = words.take();
  const pid = words.take();
  if (name === undefined || pid === undefined) throw new IpFailure("No netns name and PID specified\n", 1);
  if (!/^\d+$/.test(pid)) throw new IpFailure(`Invalid PID: ${pid}\n`, 1);
  checkName(name);
  if (names.has(name)) throw new IpFailure(`Cannot create namespace file "/run/netns/${name}": File exists\n`, 1);
  const its = processes().get(Number(pid));
  if (its === undefined) throw new IpFailure(`Bind /proc/${pid}/ns/net -> /run/netns/${name} failed: No such file or directory\n`, 1);
  names.set(name, its);
}

/** is_basename() and what a file cannot be called. */
export function checkName(name: string): void {
  if (name === "" || name.includes("/") || name === "." || name === "..") throw new IpFailure(`Invalid netns name "${name}"\n`, 255);
}

/** The numbers that are given, and the names of those that have one; as another namespace knows them too, if asked. */
function listIds(words: Words, { ns, names, options, out }: IpContext): void {
  let only: number | undefined;
  while (words.more) {
    const word = words.need();
    if (word !== "nsid" && word !== "target-nsid") throw new IpFailure(NETNS_USAGE, 255);
    const value = words.need();
    if (!/^\d+$/.test(value)) throw new IpFailure(`Error: argument "${value}" is wrong: "${word}" value is invalid\n`, 255);
    if (word === "target-nsid") throw notModelled("netns list-id target-nsid");
    only = Number(value);
  }
  const rows = ns.nsids.map(([other, nsid]) => ({ nsid, name: [...names].find(([, each]) => each === other)?.[0] })).filter(({ nsid }) => only === undefined || nsid === only);
  if (options.json) return void out.push(printJson(rows.map(({ nsid, name }) => ({ nsid, ...(name !== undefined && { name }) })), options.pretty));
  for (const { nsid, name } of rows) out.push(`nsid ${nsid} ${name === undefined ? "" : `(iproute2 netns name: ${name})`}\n`.replace(/ \n$/, "\n"));
}

function setId(name: string | undefined, id: string | undefined, { ns, names }: IpContext): void {
  if (name === undefined) throw new IpFailure("No netns name specified\n", 1);
  if (id === undefined) throw new IpFailure("No nsid specified\n", 1);
  const other = names.get(name);
  if (id !== "auto" && !/^\d+$/.test(id)) throw new IpFailure(`Error: argument "${id}" is wrong: Invalid "netnsid" value\n\n`, 255);
  if (other === undefined) throw new IpFailure(`Cannot open network namespace "${name}": No such file or directory\n`, 1);
  if (ns.knownNsid(other) !== undefined) throw new IpFailure("Error: Peer netns already has a nsid assigned.\n", 2);
  if (id === "auto") ns.nsidOf(other);
  else if (!ns.giveNsid(other, Number(id))) throw new IpFailure("Error: The specified nsid is already used.\n", 2);
}

function namedJson(name: string, id: number | undefined): Record<string, unknown> {
  return id === undefined ? { name } : { name, id };
}

function addNetns(name: string | undefined, { names, ns }: IpContext): void {
  if (name === undefined) throw new IpFailure("No netns name specified\n", 1);
  checkName(name);
  if (names.has(name)) throw new IpFailure(`Cannot create namespace file "/run/netns/${name}": File exists\n`, 1);
  const made = new Netns(ns.world, name);
  made.names = names;
  // The kernel is the same, and so is what it allows conntrack.
  const netfilter = netfilterOf(ns);
  if (netfilter) attachNetfilter(made, netfilter.conntrack.limits);
  names.set(name, made);
}

function deleteNetns(name: string | undefined, context: IpContext): void {
  const { names, options } = context;
  if (options.all) {
    options.all = false;
    for (const each of [...names.keys()]) deleteNetns(each, context);
    return;
  }
  if (name === undefined) throw new IpFailure("No netns name specified\n", 1);
  checkName(name);
  const gone = names.get(name);
  if (gone === undefined) throw new IpFailure(`Cannot remove namespace file "/run/netns/${name}": No such file or directory\n`, 1);
  names.delete(name);
  if (!gone.held) destroyNetns(gone);
}

