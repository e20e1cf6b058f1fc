type Piece = { readonly name: string; readonly text: Uint8Array };

/** File names: the worker's own, all that it needs before a world can boot, and what comes while one does. */
export type EngineList = { readonly worker: string; readonly first: readonly string[]; readonly later: readonly string[] };

export declare function engineFolder(root: string): string;
export declare function bundleEngine(root: string): Promise<{ readonly first: readonly Piece[]; readonly later: readonly Piece[] }>;
export declare function writeEngine(root: string): Promise<EngineList>;
export declare function readEngineList(root: string): Promise<EngineList | undefined>;
