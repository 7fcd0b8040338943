const { spawnSync } = require("node:child_process");

const env = Object.assign({}, process.env, { CI: "true" });
const done = spawnSync("node", ["scripts/sync"], { env, stdio: "inherit" });
process.exit(done.status ?? 1);
