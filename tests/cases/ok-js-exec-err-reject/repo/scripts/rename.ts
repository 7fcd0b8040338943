import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { exec } from "node:child_process";

requireCi();
requireFingerprint("prod");

function run(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    exec(command, (err, stdout) => (err ? reject(err) : resolve(stdout)));
  });
}

await run("npx prisma migrate deploy");
