import { expect, test } from "vitest";
import { Descriptions } from "./descriptions";

const document = {
  components: {
    schemas: {
      "io.k8s.api.v1.ServicePort": { type: "object", properties: { port: { type: "integer" }, unheard: { type: "string" } } },
      "io.k8s.api.v1.NobodyKnows": { type: "object" },
    },
  },
};

test("an OpenAPI document gets the sentences of the fields it has, and keeps the rest", () => {
  expect(new Descriptions().onto("/openapi/v3/api/v1", document)).toEqual({
    components: {
      schemas: {
        "io.k8s.api.v1.ServicePort": {
          type: "object",
          description: "ServicePort contains information on service's port.",
          properties: { port: { type: "integer", description: "The port that will be exposed by this service." }, unheard: { type: "string" } },
        },
        "io.k8s.api.v1.NobodyKnows": { type: "object" },
      },
    },
  });
});

test("lines of a list stay lines", () => {
  const made = new Descriptions().onto("/openapi/v3/api/v1", { components: { schemas: { "io.k8s.api.v1.ServicePort": { properties: { appProtocol: {} } } } } });
  expect(JSON.stringify(made)).toContain("Valid values are either:\\n\\n* Un-prefixed protocol names");
});

test("what is no document of a group is left alone", () => {
  const described = new Descriptions();
  expect(described.onto("/openapi/v3", document)).toBe(document);
  expect(described.onto("/openapi/v3/api/v1", { kind: "Status" })).toEqual({ kind: "Status" });
});
