import { execSync } from "node:child_process";

execSync("npx vitest run", { env: { ...process.env, CI: "true" }, stdio: "inherit" });
