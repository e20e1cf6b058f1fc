/** A manifest that is no YAML, in go-yaml's words; and how manifests are read, where that is given (yaml-reader.ts). */
export class YamlError extends Error {}

/** All documents that hold something. Throws YamlError. */
export type ReadManifestYaml = (source: string) => readonly unknown[];
