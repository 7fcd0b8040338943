import { spawnSync } from "node:child_process";

const env = { ...process.env, CI: "true" };
const done = spawnSync("npx", ["tsx", "scripts/rename.ts"], { env, stdio: "inherit" });
process.exit(done.status ?? 1);
