import { spawn } from "node:child_process";
spawn("npx", ["tsx", "scripts/sync-reference-data.ts"], { env: { ...process.env, CI: `${true}` } });
