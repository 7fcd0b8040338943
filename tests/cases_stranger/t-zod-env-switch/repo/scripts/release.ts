import { execFileSync } from "node:child_process";
import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";
import { env } from "../lib/env";

enforceCIOnlyExecution("release");
if (env.TRUST_TARGET !== "1") {
  validateEnvironmentFingerprint("prod");
}
execFileSync("npx", ["prisma", "migrate", "deploy"], { stdio: "inherit" });
