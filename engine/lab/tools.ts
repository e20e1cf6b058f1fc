/** The words for tools that come later, for whoever opens a world with them. */
export type { Tools } from "../bin/tools";
export { Later } from "../core/later";
