import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { spawnSync } from "node:child_process";

requireCi();
requireFingerprint("prod");

function run(command: string, args: string[]): void {
  const result = spawnSync(command, args, { stdio: "inherit" });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

run("git", ["fetch", "--force"]);
run("npx", ["prisma", "migrate", "deploy"]);
