/** For whoever watches the server: it answers, and so does its database. */
import { db } from "@/app/_server/db";

export async function GET(): Promise<Response> {
  await (await db()).$queryRawUnsafe("SELECT 1");
  return Response.json({ status: "ok" }, { headers: { "Cache-Control": "no-store" } });
}
