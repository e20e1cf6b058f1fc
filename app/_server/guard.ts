/**
 * What every POST handler asks first: did this come from one of our own pages, and is it of a bearable size? (Server actions are
 * guarded by Next itself, in the same way.)
 */
import "server-only";
import type { z } from "zod";

export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The request's body as `schema` has it, or Refused. */
export async function accept<Schema extends z.ZodType>(request: Request, schema: Schema, mostBytes: number): Promise<z.output<Schema>> {
  if (!fromHere(request)) throw new Refused(403, "This request comes from another site.");
  const parsed = schema.safeParse(parse(await bounded(request, mostBytes)));
  if (!parsed.success) throw new Refused(400, parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
  return parsed.data;
}

/** Runs a handler; a Refused becomes its answer. */
export async function answering(handler: () => Promise<Response>): Promise<Response> {
  try {
    return await handler();
  } catch (error) {
    if (error instanceof Refused) return Response.json({ error: error.message }, { status: error.status });
    throw error;
  }
}

export function fromHere(request: Request): boolean {
  const origin = request.headers.get("origin");
  if (!origin) return request.headers.get("sec-fetch-site") === "same-origin";
  const host = request.headers.get("x-forwarded-host") ?? request.headers.get("host");
  return URL.canParse(origin) && new URL(origin).host === host;
}

async function bounded(request: Request, mostBytes: number): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > mostBytes) throw new Refused(413, `At most ${mostBytes} bytes are taken.`);
  const reader = request.body?.getReader();
  const pieces: Uint8Array[] = [];
  for (let bytes = 0; reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > mostBytes) {
      await reader.cancel();
      throw new Refused(413, `At most ${mostBytes} bytes are taken.`);
    }
    pieces.push(value);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(400, "The body is not JSON.");
  }
}
