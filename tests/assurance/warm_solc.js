// The compiler kept warm: reads one job's file name a line, writes its answer beside it, says when it is there.
const fs = require("fs");
const path = require("path");
const solc = require(path.join(__dirname, "..", "..", "node_modules", "solc"));

require("readline").createInterface({ input: process.stdin }).on("line", (name) => {
  fs.writeFileSync(name + ".out", solc.compile(fs.readFileSync(name, "utf8")));
  process.stdout.write("done\n");
});
