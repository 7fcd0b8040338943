import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { spawnSync } from "node:child_process";

requireCi();
requireFingerprint("prod");

const run = (args: string[]) => {
  const result = spawnSync("npx", args, { stdio: "inherit" });
  return result.status;
};
process.exitCode = run(["prisma", "migrate", "deploy"]) ?? 1;
