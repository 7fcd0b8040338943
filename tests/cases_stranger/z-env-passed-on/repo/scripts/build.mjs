import { spawnSync } from "node:child_process";
import { loadEnv } from "vite";
const env = loadEnv("production", process.cwd(), "");
const result = spawnSync("npx", ["vite", "build"], { stdio: "inherit", env: { ...process.env, ...env, FORCE_COLOR: "1" } });
process.exit(result.status ?? 1);
