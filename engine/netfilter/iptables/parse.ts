/**
 * iptables' command line: do_parse() of xshared.c. The same reads what a learner types, the
 * lines of iptables-restore and what kube-proxy writes; it decides nothing about chains.
 */
import type { Netfilter } from "../attach";
import { type Network, parseNetworks } from "./address";
import { type AnyMatch, type AnyTarget, type OptionSpec, type ParseContext, Seen } from "./extension";
import { Asked } from "./asked";
import { interfaceName } from "./interface-name";
import { checkSeconds, checkTargetName, type Command, type Invocation, isVerdict, LONGEST_CHAIN, type RuleDraft, ruleNumber, scanned, unknownTable } from "./invocation";
import { protocolName, protocolNumber } from "./names";
import { type Loaded, Options } from "./options";
import { fail, notModelled, Problem } from "./problem";
import { FOREIGN_MATCHES, FOREIGN_TARGETS, MATCHES, TARGETS } from "./registry";
import { type Backend, type Header, isTableName, type TableName } from "./ruleset";

type Used = { readonly kind: "match" | "target"; readonly extension: AnyMatch | AnyTarget; readonly options: unknown; readonly seen: Seen };

const RULE_COMMANDS = "ADCIR";
/** Which commands each option goes with (commands_v_options); "-" none of them. */
const ALLOWED: Readonly<Record<string, string>> = { s: "ADCIR", d: "ADCIR", p: "ADCIR", j: "ADCIR", i: "ADCIR", o: "ADCIR", f: "ADCIR", c: "AIRNP", n: "LS".slice(0, 1), x: "L", v: "ADCIRLSFZNXEP", "0": "L" };
/** Commands that go together on one line. */
const TOGETHER: Readonly<Record<string, string>> = { L: "Z", S: "Z", Z: "LS" };

class Parser {
  readonly #options: Options;
  readonly #used: Used[] = [];
  readonly #loaded: Loaded[] = [];
  #commands = "";
  #given = "";
  #invert = false;
  #inverted = "";
  #table: string;
  #tableGiven = false;
  #chain: string | undefined;
  #newName: string | undefined;
  #policy: string | undefined;
  #ruleNumber = 0;
  #proto = 0;
  #protoGiven = false;
  #protoUsed = false;
  #source: string | undefined;
  #destination: string | undefined;
  #inDev = "";
  #outDev = "";
  readonly #any = new Map<string, string>();
  #jumpTo = "";
  #goto = false;
  #target: Used | undefined;
  #foreignTarget = false;
  #packets = 0;
  #bytes = 0;
  #numeric = false;
  #exact = false;
  #lineNumbers = false;
  #verbose = 0;
  #special: "help" | "version" | undefined;
  #otherFamily = false;
  #waits = false;
  #intervalGiven = false;
  /** Something stands behind "--". */
  #leftover = false;
  readonly #warnings: string[] = [];

  constructor(
    argv: readonly string[],
    private readonly netfilter: Netfilter,
    private readonly backend: Backend,
    table: TableName,
    private readonly restoring: boolean,
  ) {
    this.#options = new Options(argv, this.#loaded);
    this.#table = table;
  }

  run(): Invocation | undefined {
    try {
      return this.#read();
    } catch (error) {
      if (error instanceof Problem) error.warnings = this.#warnings.join("");
      throw error;
    }
  }

  #read(): Invocation | undefined {
    for (;;) {
      const before = this.#options.at;
      const token = this.#options.next();
      if (!token) break;
      if (token.kind === "word") {
        this.#word(token.word);
        continue;
      }
      if (token.kind === "leftover") {
        this.#leftover = true;
        break;
      }
      if (token.kind === "own") this.#own(token.short, token.value);
      else if (token.kind === "extension") this.#extension(token.of, token.name, token.spec, token.value);
      else {
        if (this.#loadProtocol(before)) continue; // And the same option again, with its "!".
        if (this.#foreignTarget) notModelled(`-j ${this.#jumpTo}`);
        fail(token.kind === "missing" ? `option "${token.text}" requires an argument` : `unknown option "${token.text}"`);
      }
      if (this.#special || this.#otherFamily) break;
      this.#invert = false;
    }
    if (this.#otherFamily) return undefined;
    return this.#finish();
  }

  #word(word: string): void {
    if (word !== "!") throw new Problem(`Bad argument \`${word}'`, "bare", 2);
    if (this.#invert) fail("multiple consecutive ! not allowed");
    this.#invert = true;
  }

  #command(letter: Command): void {
    if (this.#invert) fail("unexpected '!' flag");
    const clash = [...this.#commands].find((other) => !(TOGETHER[letter] ?? "").includes(other));
    if (clash !== undefined) fail(`Cannot use -${letter} with -${clash}`);
    this.#commands += letter;
  }

  /** set_option: each at most once, and "!" only where it makes sense. */
  #option(letter: string, invertible = false): void {
    if (this.#given.includes(letter)) fail(`multiple -${letter} flags not allowed`);
    this.#given += letter;
    if (!this.#invert) return;
    if (!invertible) fail(`cannot have ! before -${letter}`);
    this.#inverted += letter;
  }

  #own(letter: string, value = ""): void {
    if ("ACDIRFLSZNXEP".includes(letter)) return this.#ownCommand(letter as Command, value);
    switch (letter) {
      case "h":
        this.#special = "help";
        return;
      case "V":
        if (this.#invert) fail("unexpected ! flag before --version");
        this.#special = "version";
        return;
      case "p":
        return this.#protocol(this.#options.argument);
      case "s":
        this.#option("s", true);
        this.#source = value;
        return;
      case "d":
        this.#option("d", true);
        this.#destination = value;
        return;
      case "i":
        return this.#interface("i", value);
      case "o":
        return this.#interface("o", value);
      case "f":
        return this.#option("f", true);
      case "j":
        return this.#jump(this.#options.argument);
      case "g":
        this.#option("j");
        this.#goto = true;
        this.#jumpTo = checkTargetName(value);
        return;
      case "m":
        return this.#match(value);
      case "t":
        return this.#setTable(value);
      case "c":
        return this.#counters(value);
      default:
        return this.#display(letter, value);
    }
  }

  #display(letter: string, value: string): void {
    switch (letter) {
      case "n":
        this.#option("n");
        this.#numeric = true;
        return;
      case "x":
        this.#option("x");
        this.#exact = true;
        return;
      case "0":
        this.#option("0");
        this.#lineNumbers = true;
        return;
      case "v":
        if (this.#verbose++ === 0) this.#option("v");
        return;
      case "w":
        return this.#wait(value);
      case "W":
        this.#warnings.push("Ignoring deprecated --wait-interval option.\n");
        this.#intervalGiven = true;
        if (value === "") this.#options.word();
        return;
      case "6":
        // In a file for both families, lines of the other one are passed over.
        if (!this.restoring) throw new Problem("", "silent");
        this.#otherFamily = true;
    }
  }

  /** -w [seconds]: nobody else ever holds the lock here. */
  #wait(value: string): void {
    this.#waits = true;
    if (this.restoring) fail('You cannot use `-w\' from iptables-restore');
    if (value !== "") return checkSeconds(value);
    const next = this.#options.peek();
    if (next === undefined || next.startsWith("-") || next === "!") return;
    this.#options.at++;
    checkSeconds(next);
  }

  #setTable(name: string): void {
    if (this.#invert) fail("unexpected ! flag before --table");
    if (this.restoring && this.#tableGiven === false && this.#table !== name) fail("The -t option (seen in line) cannot be used in iptables-restore.\n");
    if (this.restoring) fail("The -t option cannot be used in iptables-restore.\n");
    this.#table = name;
    this.#tableGiven = true;
  }

  #ownCommand(letter: Command, value: string): void {
    this.#command(letter);
    const next = (): string | undefined => this.#options.word();
    switch (letter) {
      case "D":
      case "I":
      case "R": {
        this.#chain = value;
        const number = next();
        if (letter === "R" && number === undefined) fail("-R requires a rule number");
        if (number !== undefined) this.#ruleNumber = ruleNumber(number);
        else if (letter === "I") this.#ruleNumber = 1;
        return;
      }
      case "L":
      case "S":
      case "Z": {
        this.#chain = value !== "" ? value : (next() ?? this.#chain);
        const number = this.#chain === undefined ? undefined : next();
        if (number !== undefined) this.#ruleNumber = ruleNumber(number);
        return;
      }
      case "F":
      case "X":
        this.#chain = value !== "" ? value : next();
        return;
      case "N":
        if (value.startsWith("-") || value.startsWith("!")) fail(`chain name not allowed to start with \`${value.charAt(0)}'`);
        if (value === "" || value === "standard" || TARGETS.has(value) || isVerdict(value)) fail("chain name may not clash with target name");
        if (/\s/.test(value)) fail(`Invalid chain name \`${value}'`);
        this.#chain = value;
        return;
      case "E":
        this.#chain = value;
        this.#newName = next() ?? fail("-E requires old-chain-name and new-chain-name");
        return;
      case "P":
        this.#chain = value;
        this.#policy = next() ?? fail("-P requires a chain and a policy");
        return;
      default:
        this.#chain = value;
    }
  }

  #protocol(value: string): void {
    this.#option("p", true);
    const name = value.toLowerCase();
    const number = /^\d|^0x/.test(name) ? Number(name) : protocolNumber(name);
    if (number === undefined || !Number.isInteger(number) || number > 255) fail(`unknown protocol "${name}" specified`);
    this.#proto = number;
    this.#protoGiven = true;
    if (number === 0 && this.#invert) fail("rule would never match protocol");
  }

  #interface(letter: "i" | "o", value: string): void {
    if (value === "") fail("Empty interface is likely to be undesired");
    this.#option(letter, true);
    if (/[/ ]/.test(value)) this.#warnings.push(`Warning: weird character in interface \`${value}' ('/' and ' ' are not allowed by the kernel).\n`);
    const name = this.#anyInterface(letter, interfaceName(value));
    if (letter === "i") this.#inDev = name;
    else this.#outDev = name;
  }

  /** "+" is every name. Legacy forgets even a "!" before it; nft keeps that, as something no name equals. */
  #anyInterface(letter: string, name: string): string {
    if (name !== "+" || (this.backend === "nft" && this.#invert)) return name;
    this.#inverted = this.#inverted.replace(letter, "");
    if (this.backend === "legacy") this.#any.set(letter, this.#invert ? "!+" : "+");
    return "";
  }

  #counters(value: string): void {
    this.#option("c");
    const second = this.#options.word();
    if (second === undefined) fail("-c requires packet and byte counter");
    this.#packets = scanned(value) ?? fail("-c packet counter not numeric");
    this.#bytes = scanned(second) ?? fail("-c byte counter not numeric");
  }

  #jump(value: string): void {
    this.#option("j");
    this.#jumpTo = checkTargetName(value);
    if (value === "QUEUE") return; // A verdict, not a target.
    const target = TARGETS.get(value);
    if (target) this.#target = this.#use("target", target);
    else this.#foreignTarget = FOREIGN_TARGETS.has(value);
  }

  #match(name: string): void {
    if (this.#invert) fail("unexpected ! flag before --match");
    const match = MATCHES.get(name);
    if (match) return void this.#use("match", match);
    if (FOREIGN_MATCHES.has(name)) notModelled(`-m ${name}`);
    fail(`Couldn't load match \`${name}':No such file or directory\n`);
  }

  #use(kind: "match" | "target", extension: AnyMatch | AnyTarget): Used {
    const used: Used = { kind, extension, options: extension.init({ netfilter: this.netfilter, table: this.#table as TableName }), seen: new Seen() };
    this.#used.push(used);
    this.#loaded.push({ name: extension.name, options: extension.options });
    return used;
  }

  /** An option nobody knows: does the match that goes with -p know it? Then it is loaded, once. */
  #loadProtocol(before: number): boolean {
    if (!this.#protoGiven || this.#protoUsed) return false;
    const name = protocolName(this.#proto) ?? "";
    const match = MATCHES.get(name);
    if (!match && FOREIGN_MATCHES.has(name)) notModelled(`-m ${name}`);
    if (!match) return false;
    this.#protoUsed = true;
    this.#use("match", match);
    this.#options.at = before;
    return true;
  }

  get #header(): Header {
    return {
      src: 0,
      srcMask: 0,
      notSrc: this.#inverted.includes("s"),
      dst: 0,
      dstMask: 0,
      notDst: this.#inverted.includes("d"),
      proto: this.#proto,
      notProto: this.#inverted.includes("p"),
      fragment: this.#given.includes("f") ? (this.#inverted.includes("f") ? 2 : 1) : 0,
      inDev: this.#inDev,
      notIn: this.#inverted.includes("i"),
      outDev: this.#outDev,
      notOut: this.#inverted.includes("o"),
      ...(this.#any.has("i") && { anyIn: this.#any.get("i") ?? "" }),
      ...(this.#any.has("o") && { anyOut: this.#any.get("o") ?? "" }),
    };
  }

  #seen = new Seen();
  #asked: ParseContext | undefined;

  /** One for all options of the line: it tells what is so at the moment. */
  #context(seen: Seen): ParseContext {
    this.#seen = seen;
    this.#asked ??= new Asked(this.netfilter, this.backend, () => ({ table: this.#table as TableName, header: this.#header, seen: this.#seen }), () => this.#options.word(), (text) => void this.#warnings.push(text));
    return this.#asked;
  }

  /** xtables_option_parse. */
  #extension(of: number, name: string, spec: OptionSpec<unknown>, value: string): void {
    const used = this.#used[of];
    if (!used) return;
    const { extension, options, seen } = used;
    const canonical = spec.as ?? name;
    if (seen.has(canonical) && !spec.multi) fail(`${extension.name}: option "--${canonical}" can only be used once.\n`);
    if (this.#invert && !spec.invert) fail(`${extension.name}: option "--${canonical}" cannot be inverted.\n`);
    spec.set(options, value, this.#invert, this.#context(seen), name);
    seen.add(canonical);
  }

  /** xtables_option_mfcall: the extension's own last word, then what its options demand of each other. */
  #check({ extension, options, seen }: Used): void {
    extension.check?.(options, this.#context(seen));
    const specs = extension.options as Readonly<Record<string, OptionSpec<unknown>>>;
    for (const name in specs) {
      const { as = name, mandatory } = specs[name] as OptionSpec<unknown>;
      if (mandatory && as === name && !seen.has(name)) fail(`${extension.name}: option "--${name}" must be specified\n`);
    }
    for (const name in specs) {
      const { as = name, also = [], excl = [] } = specs[name] as OptionSpec<unknown>;
      if (as !== name || !seen.has(name)) continue;
      for (const other of also) if (!seen.has(other)) fail(`${extension.name}: option "--${name}" also requires "--${other}".\n`);
      for (const other of excl) if (seen.has(other)) fail(`${extension.name}: option "--${name}" cannot be used together with "--${other}".\n`);
    }
  }

  #finish(): Invocation {
    const table = this.#table;
    if (this.#special) return { ...this.#result(table as TableName), command: this.#special };
    if (table === "nat" && (this.#policy === "DROP" || this.#jumpTo === "DROP")) fail('\nThe "nat" table is not intended for filtering, the use of DROP is therefore inhibited.\n\n');
    for (const used of this.#used) if (used.kind === "match") this.#check(used);
    if (this.#target) this.#check(this.#target);
    if (this.#intervalGiven && !this.#waits) fail("--wait-interval only makes sense with --wait\n");
    if (this.#leftover) fail("unknown arguments found on commandline");
    if (this.#commands === "") fail("no command specified");
    if (this.#invert) fail("nothing appropriate following !");
    const rule = RULE_COMMANDS.includes(this.#commands.charAt(0)) ? this.#draft() : undefined;
    this.#checkOptions();
    if (this.#chain !== undefined && this.#chain.length > LONGEST_CHAIN) fail(`chain name \`${this.#chain}' too long (must be under ${LONGEST_CHAIN + 1} chars)`);
    if (rule) this.#checkInterfaces();
    if (!isTableName(table)) throw unknownTable(table, this.backend);
    return { ...this.#result(table), rule };
  }

  #result(table: TableName): Invocation {
    const first = [...this.#commands].find((letter) => letter !== "Z") ?? this.#commands.charAt(0);
    return {
      table,
      tableGiven: this.#tableGiven,
      command: first as Command,
      zero: first !== "Z" && this.#commands.includes("Z"),
      chain: this.#chain,
      newName: this.#newName,
      policy: this.#policy,
      counters: this.#given.includes("c") ? { packets: this.#packets, bytes: this.#bytes } : undefined,
      ruleNumber: this.#ruleNumber,
      rule: undefined,
      numeric: this.#numeric,
      exact: this.#exact,
      lineNumbers: this.#lineNumbers,
      verbose: this.#verbose,
      warnings: this.#warnings.join(""),
    };
  }

  #draft(): RuleDraft {
    const any: readonly Network[] = [{ address: 0, mask: 0 }];
    const sources = this.#source === undefined ? any : parseNetworks(this.#source, this.netfilter);
    const destinations = this.#destination === undefined ? any : parseNetworks(this.#destination, this.netfilter);
    const header = this.#header;
    if ((sources.length > 1 || destinations.length > 1) && (header.notSrc || header.notDst)) fail("! not allowed with multiple source or destination IP addresses");
    if (this.#commands === "R" && (sources.length !== 1 || destinations.length !== 1)) fail("Replacement rule does not specify a unique address");
    return {
      sources,
      destinations,
      header,
      matches: this.#used.filter(({ kind }) => kind === "match").map(({ extension, options }) => ({ match: extension as AnyMatch, options })),
      jumpTo: this.#jumpTo,
      goto: this.#goto,
      target: this.#target && { target: this.#target.extension as AnyTarget, options: this.#target.options },
      packets: this.#packets,
      bytes: this.#bytes,
      foreignTarget: this.#foreignTarget,
    };
  }

  /** generic_opt_check. */
  #checkOptions(): void {
    const command = this.#commands.charAt(0);
    for (const letter of "nsdpjvxio0cf") {
      if (!this.#given.includes(letter)) continue;
      const allowed = ALLOWED[letter];
      if (allowed !== undefined && ![...this.#commands].some((each) => allowed.includes(each))) fail(`Illegal option \`${`-${letter}`}' with this command`);
    }
    void command;
  }

  #checkInterfaces(): void {
    const chain = this.#chain ?? "";
    if ((chain === "PREROUTING" || chain === "INPUT") && this.#given.includes("o")) fail(`Can't use -o with ${chain}\n`);
    if ((chain === "POSTROUTING" || chain === "OUTPUT") && this.#given.includes("i")) fail(`Can't use -i with ${chain}\n`);
  }
}

/** Undefined: the line is for the other address family (-6 in a file) and is passed over. */
export function parseCommand(argv: readonly string[], netfilter: Netfilter, backend: Backend, table: TableName = "filter", restoring = false): Invocation | undefined {
  return new Parser(argv, netfilter, backend, table, restoring).run();
}
