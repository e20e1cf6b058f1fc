/** The front door: nobody outside engine/ imports anything else. */
export * from "./lab/contract";
