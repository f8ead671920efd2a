// Runs the page's module on what stands on standard input, for tests/portal/test_vectors.py.
import { readFileSync } from "node:fs";
import * as page from "../../api/portal/assets/counterfoil.mjs";

const hex = (bytes) => "0x" + Buffer.from(bytes).toString("hex");
const unhex = (text) => Uint8Array.from(Buffer.from(text.slice(2), "hex"));
const tried = (act) => {
  try {
    return act();
  } catch (error) {
    return `Error: ${error.message}`;
  }
};

const tasks = {
  typed: ({ typed, key }) => {
    const digest = tried(() => page.typedDigest(typed));
    return typeof digest === "string" ? { digest } : { digest: hex(digest), signature: page.sign(digest, unhex(key)) };
  },
  text: ({ text, key }) => ({ digest: hex(page.textDigest(text)), signature: page.sign(page.textDigest(text), unhex(key)) }),
  signer: ({ digest, signature }) => page.signerOf(unhex(digest), signature),
  address: ({ key }) => page.addressOf(unhex(key)),
  open: async ({ keystore, password }) => page.openKeystore(keystore, password).then(hex, (error) => error.message),
  make: ({ key, password }) => page.makeKeystore(unhex(key), password),
  shown: ({ typed, shown }) => tried(() => hex(page.shownDigest(typed, shown))),
};

const asked = JSON.parse(readFileSync(0, "utf8"));
const answers = [];
for (const { task, ...values } of asked) answers.push(await tasks[task](values));
process.stdout.write(JSON.stringify(answers));
