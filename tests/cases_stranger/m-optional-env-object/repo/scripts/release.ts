import { execFileSync } from "node:child_process";
import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";
import { env } from "../lib/env";

enforceCIOnlyExecution("release");
validateEnvironmentFingerprint("prod");
if (env.LOG_LEVEL === "debug") console.log("migrating", Object.keys(process.env).length, "variables");
execFileSync("npx", ["prisma", "migrate", "deploy"], { stdio: "inherit" });
