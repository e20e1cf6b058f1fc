/** Takes a piece of an attempt's journal. The engine's own reader says whether its entries are entries. */
import { z } from "zod";
import { append } from "@/app/_server/attempts";
import { accept, answering, Refused } from "@/app/_server/guard";
import { checkJournal, ENGINE_VERSION, LabProblem } from "@/engine";

const body = z.strictObject({
  first: z.number().int().nonnegative(),
  entries: z.array(z.unknown()).max(100_000),
  endUs: z.number().nonnegative(),
  endEvents: z.number().int().nonnegative(),
});
const MOST_BYTES = 2_000_000;

export function POST(request: Request, { params }: { readonly params: Promise<{ id: string }> }): Promise<Response> {
  return answering(async () => {
    const { first, ...tail } = await accept(request, body, MOST_BYTES);
    return Response.json({ entries: await append((await params).id, { first, ...checked(tail) }) });
  });
}

function checked(tail: object) {
  try {
    return checkJournal({ format: 1, lab: "any", engineVersion: ENGINE_VERSION, seed: 0, ...tail });
  } catch (problem) {
    if (problem instanceof LabProblem) throw new Refused(400, problem.message);
    throw problem;
  }
}
