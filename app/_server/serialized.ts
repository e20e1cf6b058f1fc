/**
 * Mends @prisma/adapter-better-sqlite3: it has one connection, so a query made while somebody else's interactive transaction is
 * open would run inside that transaction, and be lost, acknowledged, if it rolls back. Here such queries wait until it is over.
 */
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from "@prisma/driver-adapter-utils";

export function serialized<Factory extends SqlMigrationAwareDriverAdapterFactory>(factory: Factory): Factory {
  const connect = factory.connect.bind(factory);
  factory.connect = async () => oneTransactionAtATime((await connect()) as SqlDriverAdapter);
  return factory;
}

function oneTransactionAtATime(adapter: SqlDriverAdapter): SqlDriverAdapter {
  let transaction: Promise<void> | undefined;
  const idle = async () => {
    while (transaction) await transaction;
  };
  const { queryRaw, executeRaw, startTransaction } = adapter;

  adapter.queryRaw = async (query) => {
    await idle();
    return queryRaw.call(adapter, query);
  };
  adapter.executeRaw = async (query) => {
    await idle();
    return executeRaw.call(adapter, query);
  };
  adapter.startTransaction = async (isolation) => {
    await idle();
    let over = () => {};
    transaction = new Promise<void>((resolve) => {
      over = () => {
        transaction = undefined;
        resolve();
      };
    });
    try {
      const opened = await startTransaction.call(adapter, isolation);
      const { commit, rollback } = opened;
      // Prisma sends COMMIT or ROLLBACK through the transaction first, and calls these after it.
      opened.commit = () => commit.call(opened).finally(over);
      opened.rollback = () => rollback.call(opened).finally(over);
      return opened;
    } catch (error) {
      over();
      throw error;
    }
  };
  return adapter;
}
