/**
 * The Content-Security-Policy of every page, with a nonce of its own: no script runs that the server did not send, nothing is
 * evaluated, nothing is fetched from elsewhere. Styles need 'unsafe-inline': the terminal and the editor write style elements.
 */
import { type NextRequest, NextResponse } from "next/server";

export function proxy(request: NextRequest): NextResponse {
  const policy = policyWith(btoa(crypto.randomUUID()));
  const headers = new Headers(request.headers);
  headers.set("Content-Security-Policy", policy); // Next reads the nonce for its own scripts from here.
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  return response;
}

function policyWith(nonce: string): string {
  // React's development build evaluates to show where an error came from; what is served to people never does.
  const development = process.env.NODE_ENV === "development" ? " 'unsafe-eval'" : "";
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}'${development}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

export const config = { matcher: [{ source: "/((?!_next/static|_next/image|fonts/|favicon.ico|icon.svg).*)" }] };
