import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { spawnSync } from "node:child_process";

requireCi();
requireFingerprint("prod");

function run(args: string[]) {
  spawnSync("npx", args, { stdio: "inherit" });
}

run(["prisma", "migrate", "deploy"]);
