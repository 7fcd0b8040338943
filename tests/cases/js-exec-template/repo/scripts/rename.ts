import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { execSync } from "node:child_process";

requireCi();
requireFingerprint("prod");

const tool = "prisma";
execSync(`npx ${tool} migrate deploy`, { stdio: "inherit" });
