/** YAML in and out, by the `yaml` package: one place that decides how. */
import { parseAllDocuments, stringify } from "yaml";
import { YamlProblem, yamlReader } from "./yaml-reader";

export { YamlProblem };

/** All documents of a stream, empty ones left out. Throws YamlProblem with line and column. */
export const parseYaml = yamlReader(() => parseAnyYaml);

/** The same by the package, whatever the text is like. */
export function parseAnyYaml(source: string): readonly unknown[] {
  const documents = parseAllDocuments(source, { prettyErrors: true, maxAliasCount: 100 } as never);
  return [...documents].flatMap((document) => {
    const [problem] = document.errors;
    if (problem) throw new YamlProblem(problem.message);
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return value === null || value === undefined ? [] : [value];
  });
}

/** As kubectl prints it (sigs.k8s.io/yaml): two spaces, lists not indented, keys in the order given. */
export function printYaml(value: unknown): string {
  return stringify(value, { indentSeq: false, lineWidth: 0, singleQuote: false });
}
