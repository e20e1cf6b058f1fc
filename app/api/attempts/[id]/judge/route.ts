/** Has the server replay an attempt and look at its goals. */
import { z } from "zod";
import { judge } from "@/app/_server/attempts";
import { accept, answering } from "@/app/_server/guard";

export function POST(request: Request, { params }: { readonly params: Promise<{ id: string }> }): Promise<Response> {
  return answering(async () => {
    await accept(request, z.strictObject({}), 100);
    return Response.json(await judge((await params).id));
  });
}
