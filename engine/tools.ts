/** The second piece for a page: the tools people type (page.ts). */
export { allTools } from "./lab/equipped";
