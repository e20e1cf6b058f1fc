/**
 * The engine's version: part of every journal, because another engine may lead the same inputs
 * to another world. It goes up whenever a recorded state hash changes.
 */
export const ENGINE_VERSION = "0.1.0";
