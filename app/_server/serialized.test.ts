import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { expect, test } from "vitest";
import { PrismaClient } from "@/prisma/generated/client";
import { freshDatabase } from "@/test/support/database";
import { serialized } from "./serialized";

test("a write made during somebody else's transaction survives its rollback", async () => {
  const client = new PrismaClient({ adapter: serialized(new PrismaBetterSqlite3({ url: freshDatabase() })) });
  let acknowledged: Promise<unknown> | undefined;
  const failing = client.$transaction(async (tx) => {
    await tx.learner.create({ data: { id: "rolled back", keyHash: "1" } });
    acknowledged = client.learner.create({ data: { id: "kept", keyHash: "2" } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  await acknowledged;
  expect((await client.learner.findMany()).map(({ id }) => id)).toEqual(["kept"]);
  await client.$disconnect();
});

test("many transactions at once come one after the other, and none is lost", async () => {
  const client = new PrismaClient({ adapter: serialized(new PrismaBetterSqlite3({ url: freshDatabase() })) });
  await client.learner.create({ data: { id: "one", keyHash: "1", newPerDay: 0 } });
  const add = () =>
    client.$transaction(async (tx) => {
      const { newPerDay } = await tx.learner.findUniqueOrThrow({ where: { id: "one" } });
      await tx.learner.update({ where: { id: "one" }, data: { newPerDay: newPerDay + 1 } });
    });
  await Promise.all(Array.from({ length: 20 }, add));
  expect((await client.learner.findUniqueOrThrow({ where: { id: "one" } })).newPerDay).toBe(20);
  await client.$disconnect();
});
