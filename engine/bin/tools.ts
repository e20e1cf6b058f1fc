/**
 * The tools people type, as one parcel: what a world can begin without, because nobody has typed
 * anything yet.
 */
import type { Shelves } from "./catalogue";
import type { KubectlRest } from "./kubectl/main";

export type Tools = { readonly shelves: Shelves; readonly kubectl: KubectlRest };
