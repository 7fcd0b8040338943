import { fork } from "node:child_process";
fork("scripts/sync-reference-data.ts", [], { env: { ...process.env, CI: String(true) } });
