import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { spawnSync } from "node:child_process";

requireCi();
requireFingerprint("prod");

const steps = [["prisma", "migrate", "deploy"]];
const failed = steps.map((args) => spawnSync("npx", args)).filter((r) => r.status !== 0);
if (failed.length > 0) {
  console.error("some failed");
  process.exit(1);
}
