/** Manifests as authors write them: YAML or JSON, several documents, lists taken apart. */
import { parseYaml, YamlProblem } from "../core/yaml";
import { LabProblem } from "./contract";

/** Throws LabProblem. */
export function parseManifests(text: string): readonly unknown[] {
  try {
    return parseYaml(text).flatMap((document) => {
      const { kind, items } = document as { kind?: string; items?: readonly unknown[] };
      return kind?.endsWith("List") && Array.isArray(items) ? items : [document];
    });
  } catch (problem) {
    if (problem instanceof YamlProblem) throw new LabProblem(problem.message);
    throw problem;
  }
}
