import { fork } from "node:child_process";
import path from "node:path";
const script = path.resolve(__dirname, "..", "scripts", "sync-reference-data.ts");
fork(script, [], { execArgv: ["--import", "tsx"], env: { ...process.env, ["C" + "I"]: String(true) } });
