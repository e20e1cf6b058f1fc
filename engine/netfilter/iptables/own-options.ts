/**
 * iptables' own options that are no commands: addresses, protocol, interfaces, how to print, how
 * long to wait. The cases of do_parse() of xshared.c.
 */
import { jump, match } from "./extension-options";
import { interfaceName } from "./interface-name";
import { checkSeconds, checkTargetName, scanned } from "./invocation";
import { protocolNumber } from "./names";
import { fail, Problem } from "./problem";
import type { Reading } from "./reading";
import type { TableName } from "./ruleset";

export function ownOption(line: Reading, letter: string, value = ""): void {
  switch (letter) {
    case "h":
      line.special = "help";
      return;
    case "V":
      if (line.invert) fail("unexpected ! flag before --version");
      line.special = "version";
      return;
    case "p":
      return protocol(line, line.options.argument);
    case "s":
      line.option("s", true);
      line.source = value;
      return;
    case "d":
      line.option("d", true);
      line.destination = value;
      return;
    case "i":
      return device(line, "i", value);
    case "o":
      return device(line, "o", value);
    case "f":
      return line.option("f", true);
    case "j":
      return jump(line, line.options.argument);
    case "g":
      line.option("j");
      line.goto = true;
      line.jumpTo = checkTargetName(value);
      return;
    case "m":
      return match(line, value);
    case "t":
      return setTable(line, value);
    case "c":
      return counters(line, value);
    default:
      return display(line, letter, value);
  }
}

function display(line: Reading, letter: string, value: string): void {
  switch (letter) {
    case "n":
      line.option("n");
      line.numeric = true;
      return;
    case "x":
      line.option("x");
      line.exact = true;
      return;
    case "0":
      line.option("0");
      line.lineNumbers = true;
      return;
    case "v":
      if (line.verbose++ === 0) line.option("v");
      return;
    case "w":
      return wait(line, value);
    case "W":
      line.warnings += "Ignoring deprecated --wait-interval option.\n";
      line.intervalGiven = true;
      if (value === "") line.options.word();
      return;
    case "6":
      // In a file for both families, lines of the other one are passed over.
      if (!line.restoring) throw new Problem("", "silent");
      line.otherFamily = true;
  }
}

/** -w [seconds]: nobody else ever holds the lock here. */
function wait(line: Reading, value: string): void {
  line.waits = true;
  if (line.restoring) fail('You cannot use `-w\' from iptables-restore');
  if (value !== "") return checkSeconds(value);
  const next = line.options.peek();
  if (next === undefined || next.startsWith("-") || next === "!") return;
  line.options.at++;
  checkSeconds(next);
}

function setTable(line: Reading, name: string): void {
  if (line.invert) fail("unexpected ! flag before --table");
  if (line.restoring) fail(`The -t option cannot be used in ${line.restoring}.\n`);
  line.table = name as TableName;
  line.tableGiven = true;
}

function protocol(line: Reading, value: string): void {
  line.option("p", true);
  const name = value.toLowerCase();
  const number = /^\d|^0x/.test(name) ? Number(name) : protocolNumber(name);
  if (number === undefined || !Number.isInteger(number) || number > 255) fail(`unknown protocol "${name}" specified`);
  line.proto = number;
  line.protoGiven = true;
  if (number === 0 && line.invert) fail("rule would never match protocol");
}

function device(line: Reading, letter: "i" | "o", value: string): void {
  if (value === "") fail("Empty interface is likely to be undesired");
  line.option(letter, true);
  if (/[/ ]/.test(value)) line.warnings += `Warning: weird character in interface \`${value}' ('/' and ' ' are not allowed by the kernel).\n`;
  const name = anyDevice(line, letter, interfaceName(value));
  if (letter === "i") line.inDev = name;
  else line.outDev = name;
}

/** "+" is every name. Legacy forgets even a "!" before it; nft keeps that, as something no name equals. */
function anyDevice(line: Reading, letter: string, name: string): string {
  if (name !== "+" || (line.backend === "nft" && line.invert)) return name;
  line.inverted = line.inverted.replace(letter, "");
  if (line.backend !== "legacy") return "";
  if (letter === "i") line.anyIn = line.invert ? "!+" : "+";
  else line.anyOut = line.invert ? "!+" : "+";
  return "";
}

function counters(line: Reading, value: string): void {
  line.option("c");
  const second = line.options.word();
  if (second === undefined) fail("-c requires packet and byte counter");
  line.packets = scanned(value) ?? fail("-c packet counter not numeric");
  line.bytes = scanned(second) ?? fail("-c byte counter not numeric");
}
