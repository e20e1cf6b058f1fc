/**
 * Who is reading. A guest is somebody with a key in a cookie; the database knows only the key's hash. Reading creates nobody: the
 * cookie and the row come with the first thing worth remembering.
 */
import "server-only";
import { createHash, randomBytes } from "node:crypto";
import { cookies, headers } from "next/headers";
import { cache } from "react";
import type { Learner } from "@/prisma/generated/client";
import { db } from "./db";
import { Refused } from "./guard";
import { addressOf, NewGuests } from "./new-guests";

const COOKIE = "podpath_learner";
const YEAR_SECONDS = 365 * 24 * 3600;

const guests = new NewGuests();

/** For pages: the guest, if they are one already. */
export const viewer = cache(async (): Promise<Learner | undefined> => {
  const key = (await cookies()).get(COOKIE)?.value;
  if (!key) return undefined;
  return (await (await db()).learner.findUnique({ where: { keyHash: hashOf(key) } })) ?? undefined;
});

/** For actions and POST handlers: the guest, made on the spot when this is the first thing they do. Refuses when too many are. */
export async function viewerForWriting(): Promise<Learner> {
  const known = await viewer();
  if (known) return known;
  if (!guests.admit(addressOf(await headers()), Date.now())) throw new Refused(429, "Too many newcomers from your network: try again in an hour.");
  const key = randomBytes(24).toString("base64url");
  const learner = await (await db()).learner.create({ data: { keyHash: hashOf(key) } });
  (await cookies()).set(COOKIE, key, { httpOnly: true, sameSite: "lax", path: "/", maxAge: YEAR_SECONDS, secure: process.env.PODPATH_HTTPS === "1" });
  return learner;
}

/** Everything about the guest goes, the cookie too. */
export async function forgetViewer(): Promise<void> {
  const known = await viewer();
  if (known) await (await db()).learner.delete({ where: { id: known.id } });
  (await cookies()).delete(COOKIE);
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
