import { onchainTable } from "ponder";

export const event = onchainTable("event", (t) => ({
  id: t.text().primaryKey(),
  block: t.bigint().notNull(),
  blockHash: t.hex().notNull(),
  place: t.integer().notNull(),
  transaction: t.hex().notNull(),
  name: t.text().notNull(),
  values: t.json().notNull(),
}));
