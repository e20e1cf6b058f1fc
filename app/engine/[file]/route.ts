/**
 * The engine's files for the browser. Their names change with what is in them, so a browser may keep them for good. They are
 * compressed already: next.config.mjs says how, by the same rule, and "no-transform" keeps Next from doing it again.
 */
import { engineFile } from "@/app/_server/engine-files";

type Props = { readonly params: Promise<{ readonly file: string }> };

export async function GET(request: Request, { params }: Props): Promise<Response> {
  const brotli = /\bbr\b/.test(request.headers.get("accept-encoding") ?? "");
  const bytes = await engineFile((await params).file, brotli ? "br" : "gz");
  if (!bytes) return new Response(null, { status: 404 });
  return new Response(bytes, {
    headers: {
      "Content-Type": "text/javascript; charset=utf-8",
      "Cache-Control": "public, max-age=31536000, immutable, no-transform",
      Vary: "Accept-Encoding",
    },
  });
}
