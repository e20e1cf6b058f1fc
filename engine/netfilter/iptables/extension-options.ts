/**
 * Options that belong to a match or a target: loading it, handing it what is meant for it
 * (xtables_option_parse), and its last word (xtables_option_mfcall).
 */
import type { AnyMatch, OptionSpec } from "./extension";
import { checkTargetName } from "./invocation";
import { protocolName } from "./names";
import { fail, notModelled } from "./problem";
import type { Reading, Used } from "./reading";
import { FOREIGN_MATCHES, FOREIGN_TARGETS, MATCHES, TARGETS } from "./registry";

export function jump(line: Reading, value: string): void {
  line.option("j");
  line.jumpTo = checkTargetName(value);
  if (value === "QUEUE") return; // A verdict, not a target.
  const target = TARGETS.get(value);
  if (target) line.target = line.use(target);
  else line.foreignTarget = FOREIGN_TARGETS.has(value);
}

export function match(line: Reading, name: string): void {
  if (line.invert) fail("unexpected ! flag before --match");
  const found = MATCHES.get(name);
  if (found) return loadMatch(line, found);
  if (FOREIGN_MATCHES.has(name)) notModelled(`-m ${name}`);
  fail(`Couldn't load match \`${name}':No such file or directory\n`);
}

function loadMatch(line: Reading, found: AnyMatch): void {
  const { options } = line.use(found);
  line.matches.push({ match: found, options });
}

/** An option nobody knows: does the match that goes with -p know it? Then it is loaded, once. */
export function loadProtocol(line: Reading, before: number): boolean {
  if (!line.protoGiven || line.protoUsed) return false;
  const name = protocolName(line.proto) ?? "";
  const found = MATCHES.get(name);
  if (!found && FOREIGN_MATCHES.has(name)) notModelled(`-m ${name}`);
  if (!found) return false;
  line.protoUsed = true;
  loadMatch(line, found);
  line.options.at = before;
  return true;
}

/** xtables_option_parse. */
export function extensionOption(line: Reading, of: number, name: string, spec: OptionSpec<unknown>, value: string): void {
  const used = line.used[of];
  if (!used) return;
  const { extension, options, seen } = used;
  const canonical = spec.as ?? name;
  if (seen.has(canonical) && !spec.multi) fail(`${extension.name}: option "--${canonical}" can only be used once.\n`);
  if (line.invert && !spec.invert) fail(`${extension.name}: option "--${canonical}" cannot be inverted.\n`);
  line.seen = seen;
  spec.set(options, value, line.invert, line, name);
  seen.add(canonical);
}

/** xtables_option_mfcall: the extension's own last word, then what its options demand of each other. */
export function checkUsed(line: Reading, { extension, options, seen }: Used): void {
  line.seen = seen;
  extension.check?.(options, line);
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
