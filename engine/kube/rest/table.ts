/** meta.k8s.io/v1 Table: the columns kubectl prints, worked out on the server. */
import type { Definition } from "../resources/definition";
import type { KubeObject } from "../types";

export type IncludeObject = "None" | "Metadata" | "Object";

export type Table = {
  readonly kind: "Table";
  readonly apiVersion: "meta.k8s.io/v1";
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly columnDefinitions: readonly object[];
  readonly rows: readonly object[];
};

export function tableOf(definition: Pick<Definition, "columns" | "row">, objects: readonly KubeObject[], metadata: Table["metadata"], include: IncludeObject, nowMs: number, headers = true): Table {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: headers ? definition.columns.map(({ name, type, format = "", priority = 0 }) => ({ name, type, format, description: "", priority })) : [],
    rows: objects.map((object) => ({
      cells: definition.row(object as never, nowMs),
      ...(include !== "None" && { object: include === "Object" ? object : partial(object) }),
    })),
  };
}

/** Only the metadata, under the name metav1 gives to that. */
export function partial({ metadata }: KubeObject): object {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}
