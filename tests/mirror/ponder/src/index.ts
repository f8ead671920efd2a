// A row an event.
import { ponder } from "ponder:registry";
import { event as events } from "ponder:schema";
import { abi } from "../abi";

const plain = (_: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value);

for (const { type, name } of abi) {
  if (type !== "event") continue;
  ponder.on(`Registry:${name}` as never, async ({ event, context }: any) => {
    await context.db.insert(events).values({
      id: event.id,
      block: event.block.number,
      blockHash: event.block.hash,
      place: event.log.logIndex,
      transaction: event.transaction.hash,
      name,
      values: JSON.parse(JSON.stringify(event.args, plain)),
    });
  });
}
