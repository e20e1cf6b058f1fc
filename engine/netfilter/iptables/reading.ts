/**
 * What has been read of one command line of iptables so far: struct iptables_command_state and
 * struct xt_cmd_parse of xshared.h, with the checks that belong to every option.
 */
import type { Netfilter } from "../attach";
import { type AnyMatch, type AnyTarget, type ParseContext, Seen } from "./extension";
import type { Command } from "./invocation";
import { Options } from "./options";
import { fail } from "./problem";
import type { Backend, Header, MatchUse, TableName } from "./ruleset";

/** A match or target in use on this line. */
export type Used = { readonly extension: AnyMatch | AnyTarget; readonly options: unknown; readonly seen: Seen };

const NOTHING_SEEN = new Seen();
/** Commands that go together on one line. */
const TOGETHER: Readonly<Record<string, string>> = { L: "Z", S: "Z", Z: "LS" };

/** The options of matches and targets ask it what is so at the moment. */
export class Reading implements ParseContext {
  readonly options: Options;
  /** Matches and target, in the order they were loaded. */
  readonly used: Used[] = [];
  readonly matches: MatchUse[] = [];
  target: Used | undefined;
  /** What the option at hand may ask: which of its extension's have been given. */
  seen: Seen = NOTHING_SEEN;
  commands = "";
  given = "";
  invert = false;
  inverted = "";
  tableGiven = false;
  chain: string | undefined;
  newName: string | undefined;
  policy: string | undefined;
  ruleNumber = 0;
  proto = 0;
  protoGiven = false;
  protoUsed = false;
  source: string | undefined;
  destination: string | undefined;
  inDev = "";
  outDev = "";
  anyIn: string | undefined;
  anyOut: string | undefined;
  jumpTo = "";
  goto = false;
  foreignTarget = false;
  packets = 0;
  bytes = 0;
  numeric = false;
  exact = false;
  lineNumbers = false;
  verbose = 0;
  special: "help" | "version" | undefined;
  otherFamily = false;
  waits = false;
  intervalGiven = false;
  /** Something stands behind "--". */
  leftover = false;
  /** What was said on standard error on the way. */
  warnings = "";

  constructor(
    argv: readonly string[],
    readonly netfilter: Netfilter,
    readonly backend: Backend,
    /** Whether there is such a table is asked at the end. */
    public table: TableName,
    /** The program whose file the line stands in, if it does. */
    readonly restoring: string | undefined,
  ) {
    this.options = new Options(argv, this.used);
  }

  command(letter: Command): void {
    if (this.invert) fail("unexpected '!' flag");
    for (const other of this.commands) if (!TOGETHER[letter]?.includes(other)) fail(`Cannot use -${letter} with -${other}`);
    this.commands += letter;
  }

  /** set_option: each at most once, and "!" only where it makes sense. */
  option(letter: string, invertible = false): void {
    if (this.given.includes(letter)) fail(`multiple -${letter} flags not allowed`);
    this.given += letter;
    if (!this.invert) return;
    if (!invertible) fail(`cannot have ! before -${letter}`);
    this.inverted += letter;
  }

  use(extension: AnyMatch | AnyTarget): Used {
    const used: Used = { extension, options: extension.init(this), seen: new Seen() };
    this.used.push(used);
    return used;
  }

  get header(): Header {
    const { inverted, anyIn, anyOut } = this;
    const header = {
      src: 0,
      srcMask: 0,
      notSrc: inverted.includes("s"),
      dst: 0,
      dstMask: 0,
      notDst: inverted.includes("d"),
      proto: this.proto,
      notProto: inverted.includes("p"),
      fragment: this.given.includes("f") ? (inverted.includes("f") ? 2 : 1) : 0,
      inDev: this.inDev,
      notIn: inverted.includes("i"),
      outDev: this.outDev,
      notOut: inverted.includes("o"),
    } as const;
    if (anyIn === undefined && anyOut === undefined) return header;
    return { ...header, ...(anyIn !== undefined && { anyIn }), ...(anyOut !== undefined && { anyOut }) };
  }

  /** The argument after an option's own, if another one follows. */
  get next(): () => string | undefined {
    return () => this.options.word();
  }

  get warn(): (text: string) => void {
    return (text) => void (this.warnings += text);
  }
}
