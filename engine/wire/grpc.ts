/**
 * gRPC over HTTP/2: messages with a prefix of five bytes, status in trailers, and the two messages
 * of grpc.health.v1.Health/Check, which are all that a probe says.
 */
import { concat, NO_BYTES, text, utf8 } from "../core/bytes";
import { encodeHeaders } from "./hpack";
import type { Header } from "./http";
import { encodeFrame, FLAG, FRAME } from "./http2";

export const HEALTH_CHECK = "/grpc.health.v1.Health/Check";

/** google.rpc.Code: names as grpc-go prints them. */
export const CODES: readonly string[] = ["OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss", "Unauthenticated"];
export const SERVING_STATUS: readonly string[] = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/** Length-Prefixed-Message: not compressed. */
export function encodeMessage(message: Uint8Array): Uint8Array {
  const { length } = message;
  return concat([Uint8Array.of(0, (length >>> 24) & 255, (length >>> 16) & 255, (length >>> 8) & 255, length & 255), message]);
}

export function decodeMessage(bytes: Uint8Array): Uint8Array {
  return bytes.length < 5 ? NO_BYTES : bytes.slice(5);
}

/** HealthCheckRequest { string service = 1 } */
export function encodeHealthRequest(service: string): Uint8Array {
  const name = utf8(service);
  return name.length === 0 ? NO_BYTES : concat([Uint8Array.of(0x0a, name.length), name]);
}

export function decodeHealthRequest(message: Uint8Array): string {
  return message[0] === 0x0a ? text(message.slice(2, 2 + (message[1] ?? 0))) : "";
}

/** HealthCheckResponse { ServingStatus status = 1 } */
export function encodeHealthResponse(status: number): Uint8Array {
  return status === 0 ? NO_BYTES : Uint8Array.of(0x08, status);
}

export function decodeHealthResponse(message: Uint8Array): number {
  return message[0] === 0x08 ? (message[1] ?? 0) : 0;
}

export function headersFrame(stream: number, headers: readonly Header[], end: boolean): Uint8Array {
  return encodeFrame({ type: FRAME.headers, flags: FLAG.endHeaders | (end ? FLAG.endStream : 0), stream, payload: encodeHeaders(headers) });
}

export function dataFrame(stream: number, payload: Uint8Array, end: boolean): Uint8Array {
  return encodeFrame({ type: FRAME.data, flags: end ? FLAG.endStream : 0, stream, payload });
}
