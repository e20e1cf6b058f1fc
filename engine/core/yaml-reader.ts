/**
 * YAML as a world reads it: plain text at once, anything else by the package that knows all of YAML (yaml.ts), which a
 * page fetches later than the rest.
 */
import { parsePlainYaml } from "./yaml-plain";

/** All documents of a stream, empty ones left out. Throws YamlProblem with line and column. */
export type YamlReader = (source: string) => readonly unknown[];

export class YamlProblem extends Error {}

/** `full` is asked for when a text needs it. */
export function yamlReader(full: () => YamlReader): YamlReader {
  return (source) => parsePlainYaml(source) ?? full()(source);
}
