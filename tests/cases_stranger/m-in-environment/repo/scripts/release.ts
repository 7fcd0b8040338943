import { execFileSync } from "node:child_process";
import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

enforceCIOnlyExecution("release");
if (!("REHEARSAL" in process.env)) {
  validateEnvironmentFingerprint("prod");
}
execFileSync("npx", ["prisma", "migrate", "deploy"], { stdio: "inherit" });
