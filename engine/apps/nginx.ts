/**
 * nginx as its image comes: serves /usr/share/nginx/html on port 80, writes the combined access
 * log to standard output. Its configuration file is not read: only PORT can be set.
 */
import { text, utf8 } from "../core/bytes";
import { civil, MONTHS } from "../core/date";
import { SysError } from "../core/errno";
import type { Task } from "../core/task";
import { wallMs } from "../core/world";
import type { Proc, Program } from "../host/proc";
import { headerOf } from "../wire/http";
import { HttpServer, type Reply, type Request } from "./http-server";
import { serveUntilTerminated } from "./shutdown";

export const NGINX_VERSION = "1.29.3";
export const NGINX_ROOT = "/usr/share/nginx/html";

export const WELCOME = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and working.</p>
</body>
</html>
`;

export const nginx: Program = {
  name: "nginx",
  summary: "HTTP server",
  *run(proc) {
    const port = Number(proc.env.get("NGINX_PORT") ?? 80);
    const server = new HttpServer(proc, { port, keepAliveMs: 75_000, server: `nginx/${NGINX_VERSION}`, handle: (request) => answer(proc, request), log: (request, reply) => proc.out(accessLine(proc, request, reply)) });
    try {
      server.listen();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      yield* proc.err(`nginx: [emerg] bind() to 0.0.0.0:${port} failed (98: ${error.message})\n`);
      return 1;
    }
    return yield* serveUntilTerminated(proc, server, "exit");
  },
};

// Never yields: files never make it wait
function* answer(proc: Proc, { method, path }: Request): Task<Reply> {
  if (method !== "GET" && method !== "HEAD") return page(405, "Not Allowed");
  const decoded = path.endsWith("/") ? `${path}index.html` : path;
  const file = `${NGINX_ROOT}${decoded}`;
  if (path.includes("..") || !proc.fs.exists(file)) return page(404, "Not Found");
  if (proc.fs.isDirectory(file)) return { ...page(301, "Moved Permanently"), headers: [["Content-Type", "text/html"], ["Location", `${path}/`]] };
  return { status: 200, headers: [["Content-Type", typeOf(decoded)]], body: utf8(text(proc.fs.readFile(file))) };
}

function page(status: number, title: string): Reply {
  const body = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx/${NGINX_VERSION}</center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: [["Content-Type", "text/html"]], body: utf8(body) };
}

function typeOf(path: string): string {
  const types: Readonly<Record<string, string>> = { html: "text/html", css: "text/css", js: "application/javascript", json: "application/json", txt: "text/plain", svg: "image/svg+xml" };
  return types[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
}

/** 10.244.1.5 - - [21/Nov/2026:09:00:00 +0000] "GET / HTTP/1.1" 200 615 "-" "curl/7.88.1" "-" */
function accessLine(proc: Proc, request: Request, reply: Reply): string {
  const d = civil(wallMs(proc.world));
  const two = (n: number): string => String(n).padStart(2, "0");
  const when = `${two(d.day)}/${MONTHS[d.month - 1]}/${d.year}:${two(d.hour)}:${two(d.minute)}:${two(d.second)} +0000`;
  const target = request.query === "" ? request.path : `${request.path}?${request.query}`;
  const header = (name: string) => headerOf(request.headers, name) ?? "-";
  return `${request.client} - - [${when}] "${request.method} ${target} ${request.version}" ${reply.status} ${request.method === "HEAD" ? 0 : (reply.body?.length ?? 0)} "${header("referer")}" "${header("user-agent")}" "${header("x-forwarded-for")}"\n`;
}
