const { fork } = require("node:child_process");
const path = require("node:path");

fork(path.join(__dirname, "../scripts/db"), [], { env: { ...process.env, CI: "true" } });
