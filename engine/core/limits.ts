/**
 * A limit on everything: a learner's mistake must end in a message, never in a hang. Each
 * name says what is bounded; the numbers are Linux's own where it has one.
 */
export const LIMITS = {
  /** XT_JUMP_STACK: how deep iptables chains may call each other. */
  iptablesJumpDepth: 16,
  /** How many times one packet may cross a device before the emulation gives it up. */
  packetHops: 512,
  /** Events the worker lets the world run between two looks at the outside. */
  eventsPerTurn: 200_000,
  /** Bytes a pipe holds before its writer waits (F_GETPIPE_SZ). */
  pipeBytes: 65_536,
  /** Bytes of one file, and of all files of one machine. */
  fileBytes: 16 << 20,
  machineBytes: 64 << 20,
  /** Processes of one machine (RLIMIT_NPROC of a small one). */
  processes: 4096,
  /** Levels of $(…), functions and subshells. */
  shellDepth: 100,
  /** Bytes one word may expand to, and a command line may have (ARG_MAX). */
  wordBytes: 2 << 20,
  /** An object in the API (etcd's request limit of 1.5 MiB). */
  objectBytes: 1_572_864,
  /** Watch events kept for a client that is slow (etcd compacts what is older). */
  watchHistory: 10_000,
  /** Lines of scrollback a terminal keeps in the emulator for replay. */
  scrollbackBytes: 1 << 20,
} as const;
