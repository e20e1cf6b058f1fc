/** `--overrides` and `--override-type` of run and expose: a patch on the object about to be made. */
import { mergePatch } from "../../../kube/patch/apply-patch";
import { jsonPatch } from "../../../kube/patch/json-patch";
import { strategicMerge } from "../../../kube/patch/strategic";
import type { Context } from "../command";
import { Failure } from "../errors";
import { type JsonMap, type Obj, thaw } from "../json";
import { typeOfKind } from "../merge-diff";
import { YamlError } from "../yaml-error";
import { parseManifestYaml } from "../yaml-reader";

export function overridesOf({ flags }: Context): unknown {
  const written = flags.string("overrides");
  if (written === "") return undefined;
  try {
    return parseManifestYaml(written)[0];
  } catch (error) {
    if (error instanceof YamlError) throw new Failure("Invalid JSON Patch");
    throw error;
  }
}

export function merged(object: Obj, overrides: unknown, type: string): Obj {
  if (overrides === undefined) return object;
  switch (type) {
    case "json":
      return jsonPatch(thaw(object), Array.isArray(overrides) ? overrides : [overrides]) as Obj;
    case "merge":
      return mergePatch(object, overrides) as Obj;
    case "strategic":
      return strategicMerge(object, overrides as JsonMap, typeOfKind(object.kind)) as Obj;
    default:
      throw new Failure(`invalid override type: ${type}`);
  }
}
