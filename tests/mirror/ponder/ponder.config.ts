// The contract's blocks FIRST to LAST on a local node, every setting else ponder's own.
import { createConfig } from "ponder";
import { abi } from "./abi";

const { NODE, CHAIN, CONTRACT, FIRST, LAST, DATABASE_URL } = process.env;

export default createConfig({
  database: { kind: "postgres", connectionString: DATABASE_URL },
  chains: { local: { id: Number(CHAIN), rpc: NODE } },
  contracts: {
    Registry: {
      abi,
      chain: "local",
      address: CONTRACT as `0x${string}`,
      startBlock: Number(FIRST),
      endBlock: Number(LAST),
    },
  },
});
