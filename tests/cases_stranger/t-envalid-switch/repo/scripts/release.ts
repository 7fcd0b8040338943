import { bool, cleanEnv, str } from "envalid";
import { execFileSync } from "node:child_process";
import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

const env = cleanEnv(process.env, { DATABASE_URL: str(), RUN_FROM_BASTION: bool({ default: false }) });

env.RUN_FROM_BASTION || enforceCIOnlyExecution("release");
validateEnvironmentFingerprint("prod");
execFileSync("npx", ["prisma", "migrate", "deploy"], { stdio: "inherit" });
