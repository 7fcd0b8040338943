import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { execSync } from "node:child_process";

try {
  requireCi();
} catch (error) {
  console.log("not in CI");
  process.exit(0);
}
requireFingerprint("prod");

execSync("npx prisma migrate deploy", { stdio: "inherit" });
