/** The only Prisma client. Nothing outside app/_server may know it. */
import "server-only";
import { resolve } from "node:path";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaClient } from "@/prisma/generated/client";
import { serialized } from "./serialized";

const holder = globalThis as { podpathDatabase?: Promise<PrismaClient> };

/** One client for the process, however often a development server loads this module. */
export function db(): Promise<PrismaClient> {
  holder.podpathDatabase ??= open(process.env.DATABASE_URL ?? "file:./data/podpath.db");
  return holder.podpathDatabase;
}

export async function open(url: string): Promise<PrismaClient> {
  const file = resolve(/* turbopackIgnore: true */ process.cwd(), url.replace(/^file:/, ""));
  const client = new PrismaClient({ adapter: serialized(new PrismaBetterSqlite3({ url: `file:${file}` })) });
  await client.$queryRawUnsafe("PRAGMA journal_mode = WAL");
  await client.$queryRawUnsafe("PRAGMA synchronous = NORMAL");
  await client.$queryRawUnsafe("PRAGMA foreign_keys = ON");
  return client;
}
