/**
 * ipvsadm(8) 1.31 on one namespace's IPVS: one command, or many from `--restore`. What it cannot
 * read ends it with status 2; what the kernel refuses, with 255.
 */
import { MESSAGES, SysError } from "../../core/errno";
import { addServer, addService, deleteServer, deleteService, editServer, editService, flush, setTimeouts, zero } from "../../ipvs/control";
import type { Ipvs } from "../../ipvs/ipvs";
import type { Ip } from "../../wire/ip";
import { HELP, VERSION_LINE } from "./help";
import { type Format, layoutOf, listAll, listConnections, listService, titleOf } from "./list";
import type { Command } from "./options";
import { type Parsed, parse } from "./parse";
import { BadOption, Failure, TRY_HELP } from "./problem";
import type { Resolve } from "./values";

export type Surroundings = {
  readonly resolve: Resolve;
  /** Names for addresses, when listings shall have them. */
  readonly names: (address: Ip) => string | undefined;
  /** Standard input, for --restore. */
  readonly input: () => string;
};

export type Result = { readonly exit: number; readonly stdout: string; readonly stderr: string };

class Run {
  stdout = "";
  stderr = "";

  constructor(
    private readonly ipvs: Ipvs,
    private readonly surroundings: Surroundings,
  ) {}

  /** process_options(). */
  command(words: readonly string[], restoring: boolean): number {
    const request = parse(words, this.surroundings.resolve);
    if (request === "help" || request === "version") {
      this.stdout += request === "help" ? HELP : VERSION_LINE;
      throw new Failure("", 0);
    }
    if (request.command === "restore") return this.#restore(restoring);
    if (request.command === "list" || request.command === "save") return this.#list(request);
    return this.#change(request);
  }

  /** Line by line; a comment is not known here, so `#` is an operand like any other. */
  #restore(restoring: boolean): number {
    if (restoring) throw new Failure(TRY_HELP, 255);
    let exit = 0;
    for (const line of this.surroundings.input().split("\n")) {
      const words = line.split(/\s+/).filter((word) => word !== "" && word !== "ipvsadm");
      if (words.length > 0) exit = this.#line(words);
    }
    return exit;
  }

  #line(words: readonly string[]): number {
    try {
      return this.command(words, true);
    } catch (error) {
      if (!(error instanceof BadOption)) throw error;
      this.stderr += `${error.message}\n`;
      return error.exit;
    }
  }

  #list({ command, given, service }: Parsed): number {
    const { ipvs } = this;
    const format: Format = {
      layout: command === "save" ? "rule" : layoutOf(given),
      sorted: !given.has("nosort"),
      exact: given.has("exact"),
      names: given.has("numeric") ? undefined : this.surroundings.names,
    };
    if (given.has("connection")) this.stdout += listConnections(ipvs, format);
    else if (given.has("service-address")) {
      const found = ipvs.find(service);
      if (found === undefined) throw new Failure("No such service", 1);
      this.stdout += titleOf(format) + listService(found, format);
    } else if (given.has("timeout")) this.stdout += `Timeout (tcp tcpfin udp): ${ipvs.timeouts.tcp.ESTABLISHED} ${ipvs.timeouts.tcp.FIN_WAIT} ${ipvs.timeouts.udp}\n`;
    else if (!given.has("daemon")) this.stdout += listAll(ipvs, format);
    return 0;
  }

  #change(request: Parsed): number {
    try {
      this.#act(request);
      return 0;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.stderr += `${reason(request.command, error)}\n`;
      return 255;
    }
  }

  #act({ command, service, server, given, timeouts, interfaceName, persistenceEngine }: Parsed): void {
    const { ipvs } = this;
    const known = ipvs.find(service) !== undefined;
    if (persistenceEngine !== "" && known === (command === "edit-service")) noEngine(persistenceEngine);
    switch (command) {
      case "add-service":
        return addService(ipvs, service);
      case "edit-service":
        return editService(ipvs, service);
      case "delete-service":
        return deleteService(ipvs, service);
      case "clear":
        return flush(ipvs);
      case "add-server":
        return addServer(ipvs, service, server);
      case "edit-server":
        return editServer(ipvs, service, server);
      case "delete-server":
        return deleteServer(ipvs, service, server.address, server.port);
      case "zero":
        return zero(ipvs, given.has("service-address") ? service : undefined);
      case "set": {
        const [tcp = 0, tcpFin = 0, udp = 0] = timeouts;
        return setTimeouts(ipvs, { tcp, tcpFin, udp });
      }
      case "start-daemon":
        if (ipvs.ns.devices.byName(interfaceName) === undefined) throw new SysError("ENODEV");
        throw new Failure("not modelled: --start-daemon", 2);
      case "stop-daemon":
        throw new SysError("ESRCH");
      case "list":
      case "save":
      case "restore":
    }
  }
}

/** ip_vs_pe_getbyname(). */
function noEngine(name: string): never {
  if (name === "sip") throw new Failure("not modelled: --pe sip", 2);
  throw new SysError("ENOENT");
}

const REASONS: Partial<Readonly<Record<Command, Readonly<Record<string, string>>>>> = {
  "add-service": { EEXIST: "Service already exists", ENOENT: "Scheduler or persistence engine not found" },
  "edit-service": { ESRCH: "No such service", ENOENT: "Scheduler or persistence engine not found" },
  "delete-service": { ESRCH: "No such service" },
  zero: { ESRCH: "No such service" },
  "add-server": { ESRCH: "Service not defined", EEXIST: "Destination already exists" },
  "edit-server": { ESRCH: "Service not defined", ENOENT: "No such destination" },
  "delete-server": { ESRCH: "Service not defined", ENOENT: "No such destination" },
  "stop-daemon": { ESRCH: "No daemon is running" },
};

/** ipvs_strerror(). */
function reason(command: Command, { code }: SysError): string {
  if (code === "EINVAL") return "Invalid operation.  Possibly wrong module version, address not unicast, ...";
  return REASONS[command]?.[code] ?? MESSAGES[code];
}

export function runIpvsadm(ipvs: Ipvs, args: readonly string[], surroundings: Surroundings): Result {
  const run = new Run(ipvs, surroundings);
  try {
    const exit = run.command(args.length === 0 ? ["-L"] : args, false);
    return { exit, stdout: run.stdout, stderr: run.stderr };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { exit: error.exit, stdout: run.stdout, stderr: error.message === "" ? run.stderr : `${run.stderr}${error.message}\n` };
  }
}
