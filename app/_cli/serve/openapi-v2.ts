/**
 * /openapi/v2, for clients that ask it whether they know a kind before they ask version 3
 * (client-go wants protobuf: gnostic's openapi.v2.Document).
 *
 * Differs: without definitions. A client then leaves validation to the server, as for any kind
 * that the document does not have.
 */
const PROTOBUF = "com.github.proto-openapi.spec.v2";
const INFO = { title: "Kubernetes", version: "v1.36.0" } as const;

export type Document = { readonly contentType: string; readonly body: Buffer };

export function openapiV2(accept: string): Document {
  if (accept.includes(PROTOBUF)) {
    const info = Buffer.concat([text(1, INFO.title), text(2, INFO.version)]);
    return { contentType: `application/${PROTOBUF}.v1.0+protobuf`, body: Buffer.concat([text(1, "2.0"), field(2, info)]) };
  }
  return { contentType: "application/json", body: Buffer.from(`${JSON.stringify({ swagger: "2.0", info: INFO, paths: {}, definitions: {} })}\n`) };
}

/** A length-delimited field; nothing here is longer than 127 bytes. */
function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
}

function text(number: number, value: string): Buffer {
  return field(number, Buffer.from(value));
}
