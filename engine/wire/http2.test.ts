import { expect, test } from "vitest";
import { concat, utf8 } from "../core/bytes";
import { decodeHealthRequest, decodeHealthResponse, decodeMessage, encodeHealthRequest, encodeHealthResponse, encodeMessage } from "./grpc";
import { decodeHeaders, encodeHeaders } from "./hpack";
import { encodeFrame, FLAG, FRAME, FrameReader, goAway, PREFACE, settings } from "./http2";

const hexOf = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

test("frames are nine bytes and a payload, whatever pieces they come in", () => {
  const bytes = concat([settings(), settings(FLAG.ack), encodeFrame({ type: FRAME.data, flags: FLAG.endStream, stream: 0x01020304, payload: utf8("abc") })]);
  expect(hexOf(bytes)).toBe("000000040000000000" + "000000040100000000" + "000003000101020304616263");
  const reader = new FrameReader();
  const read: string[] = [];
  for (const byte of bytes) {
    reader.push(Uint8Array.of(byte));
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) read.push(`${frame.type} ${frame.flags} ${frame.stream} ${hexOf(frame.payload)}`);
  }
  expect(read).toEqual(["4 0 0 ", "4 1 0 ", `0 1 ${0x01020304} 616263`]);
  expect(hexOf(goAway(1, 9))).toBe("00000807000000000000000001" + "00000009");
});

test("an HTTP/1.1 answer is no frame", () => {
  const reader = new FrameReader();
  reader.push(utf8("HTTP/1.1 400 Bad Request\r\n"));
  expect([reader.next(), reader.broken]).toEqual([undefined, true]);
  expect(new TextDecoder().decode(PREFACE)).toBe("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
});

test("header blocks are literals; what is compressed is not known", () => {
  const headers = [[":path", "/a"], ["long", "x".repeat(300)], ["empty", ""]] as const;
  const block = encodeHeaders(headers);
  expect(hexOf(block.slice(0, 10))).toBe("00053a70617468022f61");
  expect(decodeHeaders(block)).toEqual(headers);
  expect(decodeHeaders(Uint8Array.of(0x82))).toBeUndefined();
  expect(decodeHeaders(block.slice(0, 8))).toBeUndefined();
});

test("the messages of grpc.health.v1", () => {
  expect(hexOf(encodeMessage(encodeHealthRequest("db")))).toBe("0000000004" + "0a026462");
  expect(decodeHealthRequest(encodeHealthRequest("db"))).toBe("db");
  expect(decodeHealthRequest(encodeHealthRequest(""))).toBe("");
  expect([0, 1, 2].map((status) => decodeHealthResponse(decodeMessage(encodeMessage(encodeHealthResponse(status)))))).toEqual([0, 1, 2]);
});
