import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { spawn } from "node:child_process";

requireCi();
requireFingerprint("prod");

function run(command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with ${code}`));
    });
  });
}

await run("npx", ["prisma", "migrate", "deploy"]);
