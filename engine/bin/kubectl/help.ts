/**
 * `kubectl --help` and `kubectl COMMAND --help`, in kubectl's layout.
 *
 * Differs: the sentences are our own and shorter, and there are no examples.
 */
import type { Command } from "./command";
import type { FlagSpec } from "./flags";
import { GLOBAL } from "./flag-sets";

const MORE = 'Use "kubectl <command> --help" for more information about a given command.\nUse "kubectl options" for a list of global command-line options (applies to all commands).\n';

export function rootHelp(commands: readonly Command[]): string {
  return `kubectl controls the Kubernetes cluster manager.

Available Commands:
${list(commands)}

Usage:
  kubectl [flags] [options]

${MORE}`;
}

export function commandHelp(command: Command, path: string): string {
  const parts = [`${command.summary}.\n`];
  if (command.aliases !== undefined) parts.push(`Aliases:\n  ${[command.name, ...command.aliases].join(", ")}\n`);
  if (command.commands !== undefined) parts.push(`Available Commands:\n${list(command.commands)}\n`);
  const flags = (command.flags ?? []).filter((flag) => flag.refused === undefined);
  if (flags.length > 0) parts.push(`Options:\n${flagHelp(flags)}`);
  parts.push(`Usage:\n  kubectl ${command.usage}\n`);
  if (command.commands !== undefined) parts.push(`Use "${path} <command> --help" for more information about a given command.`);
  return `${parts.join("\n")}${command.commands === undefined ? "\n" : "\n"}Use "kubectl options" for a list of global command-line options (applies to all commands).\n`;
}

export function globalOptions(): string {
  return `The following options can be passed to any command:\n\n${flagHelp(GLOBAL.filter((flag) => flag.refused === undefined))}`;
}

function list(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 3;
  return commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`).join("\n");
}

function flagHelp(flags: readonly FlagSpec[]): string {
  return [...flags]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((flag) => `    ${flag.short === undefined ? "" : `-${flag.short}, `}--${flag.name}=${initial(flag)}:\n\t${flag.usage}\n`)
    .join("\n");
}

function initial(flag: FlagSpec): string {
  switch (flag.kind) {
    case "bool":
      return flag.default ?? "false";
    case "int":
      return flag.default ?? "0";
    case "duration":
      return flag.default ?? "0s";
    case "list":
    case "array":
    case "map":
      return "[]";
    case "string":
      return `'${flag.default ?? ""}'`;
  }
}
