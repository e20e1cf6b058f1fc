/** The built-in kubectl: the program, what it must be given, and what TAB offers for it. */
export type { EditHook, EditRequest } from "./command";
export { complete } from "./complete";
export { kubectl, type KubectlOptions } from "./main";
