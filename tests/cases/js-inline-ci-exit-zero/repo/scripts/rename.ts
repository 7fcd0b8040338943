import { requireFingerprint } from "../lib/fingerprint";
import { execSync } from "node:child_process";

if (process.env.CI !== "true") {
  console.log("skipping outside CI");
  process.exit();
}
requireFingerprint("prod");

execSync("npx prisma migrate deploy", { stdio: "inherit" });
