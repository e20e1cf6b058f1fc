/** The shell's front door, for bin/ and lab/. */
export { bash, sh } from "./bash";
export { ShellSession, type SessionInit } from "./session";
export { Terminal, type TerminalInit } from "./terminal";
