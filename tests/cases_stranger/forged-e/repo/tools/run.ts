import { spawn } from "node:child_process";
import path from "node:path";
const script = path.resolve(__dirname, "..", "scripts", "sync-reference-data.ts");
const env = Object.assign({}, process.env, { CI: "true" });
spawn(process.execPath, ["--import", "tsx", script], { env });
