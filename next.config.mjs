// The engine's files lie compressed beside each other (app/engine); a route may not say so of its answer, this file may.
const takesBrotli = { type: "header", key: "accept-encoding", value: ".*\\bbr\\b.*" };

/**
 * Types are checked by `npm test`, once, rather than by each build. Content is read when a page is asked for, so an edited
 * lesson needs no build at all.
 * @type {import("next").NextConfig}
 */
export default {
  poweredByHeader: false,
  reactStrictMode: true,
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: ["mdx-bundler", "esbuild", "better-sqlite3", "@prisma/adapter-better-sqlite3"],
  devIndicators: false,
  async headers() {
    return [
      {
        source: "/:path*",
        headers: [
          { key: "X-Content-Type-Options", value: "nosniff" },
          { key: "Referrer-Policy", value: "same-origin" },
          { key: "X-Frame-Options", value: "DENY" },
          { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
          { key: "Cross-Origin-Resource-Policy", value: "same-origin" },
          { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=(), payment=(), usb=()" },
        ],
      },
      { source: "/engine/:file", has: [takesBrotli], headers: [{ key: "Content-Encoding", value: "br" }] },
      { source: "/engine/:file", missing: [takesBrotli], headers: [{ key: "Content-Encoding", value: "gzip" }] },
      { source: "/fonts/:path*", headers: [{ key: "Cache-Control", value: "public, max-age=86400, stale-while-revalidate=2592000" }] },
    ];
  },
};
