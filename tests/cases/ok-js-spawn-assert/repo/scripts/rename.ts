import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { spawnSync, type SpawnSyncReturns } from "node:child_process";

requireCi();
requireFingerprint("prod");

function must(result: SpawnSyncReturns<Buffer>) {
  if (result.status !== 0) throw new Error(`failed with ${result.status}`);
  return result;
}

must(spawnSync("npx", ["prisma", "migrate", "deploy"], { stdio: "inherit" }));
