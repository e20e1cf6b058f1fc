/** Begins an attempt: the learner's first key in a lab. */
import { z } from "zod";
import { begin } from "@/app/_server/attempts";
import { accept, answering } from "@/app/_server/guard";

const body = z.strictObject({ lab: z.string().max(100), seed: z.number().int().min(0).max(0x7fff_ffff) });
const MOST_BYTES = 1000;

export function POST(request: Request): Promise<Response> {
  return answering(async () => {
    const { lab, seed } = await accept(request, body, MOST_BYTES);
    return Response.json({ id: await begin(lab, seed) });
  });
}
