import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { spawnSync } from "node:child_process";

requireCi();
requireFingerprint("prod");

const { status, error } = spawnSync("npx", ["prisma", "migrate", "deploy"], { stdio: "inherit" });
if (error) throw error;
if (status !== 0) {
  console.error("the migration failed");
  process.exit(status ?? 1);
}
