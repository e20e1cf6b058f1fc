/** Numbers, names and default actions of signals: signal(7) on x86. */
import type { SignalName } from "./proc";

export const SIGNALS: Readonly<Record<SignalName, number>> = {
  SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGUSR1: 10, SIGUSR2: 12, SIGPIPE: 13, SIGALRM: 14, SIGTERM: 15, SIGCHLD: 17, SIGCONT: 18, SIGSTOP: 19, SIGTSTP: 20, SIGWINCH: 28,
};

/** All 64 names as `kill -l` knows them, by number; those that no program here can send are named too. */
export const SIGNAL_LIST: readonly string[] = [
  "EXIT", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
  "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

/** What bash says when a job was ended by it (strsignal). */
export const SIGNAL_WORDS: Readonly<Partial<Record<SignalName, string>>> = {
  SIGHUP: "Hangup", SIGINT: "Interrupt", SIGQUIT: "Quit", SIGKILL: "Killed", SIGUSR1: "User defined signal 1", SIGUSR2: "User defined signal 2", SIGPIPE: "Broken pipe", SIGALRM: "Alarm clock", SIGTERM: "Terminated",
};

export type DefaultAction = "terminate" | "ignore" | "stop" | "continue";

export function defaultAction(signal: SignalName): DefaultAction {
  switch (signal) {
    case "SIGCHLD":
    case "SIGWINCH":
      return "ignore";
    case "SIGCONT":
      return "continue";
    case "SIGSTOP":
    case "SIGTSTP":
      return "stop";
    case "SIGHUP":
    case "SIGINT":
    case "SIGQUIT":
    case "SIGKILL":
    case "SIGUSR1":
    case "SIGUSR2":
    case "SIGPIPE":
    case "SIGALRM":
    case "SIGTERM":
      return "terminate";
  }
}

/** "9", "KILL", "SIGKILL", "kill": the signal meant; undefined if there is none such here. */
export function signalNamed(word: string): SignalName | undefined {
  const names = Object.keys(SIGNALS) as SignalName[];
  if (/^\d+$/.test(word)) return names.find((name) => SIGNALS[name] === Number(word));
  const upper = word.toUpperCase();
  return names.find((name) => name === upper || name === `SIG${upper}`);
}
