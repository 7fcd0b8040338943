import { execFileSync } from "node:child_process";
import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

const oncall = Object.keys(process.env).some((key) => key.startsWith("ONCALL"));
if (!oncall) {
  enforceCIOnlyExecution("release");
}
validateEnvironmentFingerprint("prod");
execFileSync("npx", ["prisma", "migrate", "deploy"], { stdio: "inherit" });
