import { exported } from "@/app/_server/own-data";

export async function GET(): Promise<Response> {
  return Response.json(await exported(), { headers: { "Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="podpath.json"' } });
}
