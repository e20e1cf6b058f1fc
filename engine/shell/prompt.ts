/** PS1 and its backslashes: "PROMPTING" in bash(1). */
import { civil } from "../core/date";
import { wallMs } from "../core/world";
import type { Shell } from "./shell";
import { strftime } from "./strftime";

export function expandPrompt(shell: Shell, source: string): string {
  return source.replace(/\\(D\{([^}]*)\}|[0-7]{3}|[^])/g, (whole, code: string, format: string | undefined) => {
    if (format !== undefined) return time(shell, format === "" ? "%X" : format);
    if (/^[0-7]{3}$/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
    return escape(shell, code) ?? whole;
  });
}

function time(shell: Shell, format: string): string {
  const now = wallMs(shell.proc.world);
  return strftime(format, civil(now), now);
}

function escape(shell: Shell, code: string): string | undefined {
  const { machine, tty } = shell.proc;
  switch (code) {
    case "a": return "\x07";
    case "d": return time(shell, "%a %b %d");
    case "e": return "\x1b";
    case "h": return machine.hostname.split(".")[0];
    case "H": return machine.hostname;
    case "j": return String(shell.jobs.all.length);
    case "l": return (tty?.name ?? "tty").slice((tty?.name ?? "tty").lastIndexOf("/") + 1);
    case "n": return "\n";
    case "r": return "\r";
    case "s": return shell.name.replace(/^-/, "").split("/").at(-1);
    case "t": return time(shell, "%H:%M:%S");
    case "T": return time(shell, "%I:%M:%S");
    case "@": return time(shell, "%I:%M %p");
    case "A": return time(shell, "%H:%M");
    case "u": return machine.user.name;
    case "v": return "5.2";
    case "V": return "5.2.15";
    case "w": return short(shell);
    case "W": return short(shell).split("/").at(-1) || "/";
    case "!":
    case "#": return String(shell.history.length + 1);
    case "$": return machine.user.uid === 0 ? "#" : "$";
    case "\\": return "\\";
    case "[": return "\x01";
    case "]": return "\x02";
  }
  return undefined;
}

function short(shell: Shell): string {
  const { cwd } = shell.proc;
  const { home } = shell;
  if (home === "/" || home === "") return cwd;
  return cwd === home ? "~" : cwd.startsWith(`${home}/`) ? `~${cwd.slice(home.length)}` : cwd;
}
