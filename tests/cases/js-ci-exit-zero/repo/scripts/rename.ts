import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { execSync } from "node:child_process";

requireCi();
requireFingerprint("prod");

execSync("npx prisma migrate deploy", { stdio: "inherit" });
