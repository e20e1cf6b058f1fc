/**
 * The front door for a page: it fetches the engine in two pieces, opens a world with the first of
 * them, and brings the tools (tools.ts) when they are there. Everybody else enters by index.ts.
 */
export * from "./lab/contract";
export { openSession } from "./lab/session";
export { Later, type Tools } from "./lab/tools";
export { typeLine } from "./lab/type-line";
