import { execSync } from "node:child_process";

execSync("CI=true npx tsx scripts/rename.ts", { stdio: "inherit" });
