import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { execSync } from "node:child_process";

if (process.argv.includes("--help")) {
  console.log("usage: rename");
  process.exit(0);
}
requireCi();
requireFingerprint("prod");

execSync("npx prisma migrate deploy", { stdio: "inherit" });
process.exit(0);
