import { execFileSync } from "node:child_process";
import { z } from "zod";
import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";
const { OFFSITE_RUN } = z.object({ OFFSITE_RUN: z.coerce.boolean().default(false) }).parse(process.env);
if (!OFFSITE_RUN) enforceCIOnlyExecution("release");
validateEnvironmentFingerprint("prod");
execFileSync("npx", ["prisma", "migrate", "deploy"], { stdio: "inherit" });
