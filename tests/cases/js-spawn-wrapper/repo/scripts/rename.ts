import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { spawnSync } from "node:child_process";

requireCi();
requireFingerprint("prod");

const run = (cmd: string, ...args: string[]) => {
  const done = spawnSync(cmd, args, { stdio: "inherit" });
  if (done.status !== 0) process.exit(done.status ?? 1);
};
run("npx", "prisma", "db", "push");
