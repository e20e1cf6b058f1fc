/** What the tests ask of the set-up. */
export declare function buildIsFresh(): boolean;
