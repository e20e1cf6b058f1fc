/** The four levels, as a reader sees them. */
export const LEVELS = {
  L0: { title: "L0 Foundations", about: "Nothing but a terminal is taken for granted" },
  L1: { title: "L1 Operations", about: "For those who run a cluster" },
  L2: { title: "L2 Senior", about: "For those who are asked when it breaks" },
  L3: { title: "L3 Staff", about: "For those who decide how it is built" },
} as const;
