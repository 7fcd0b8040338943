import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { spawn } from "node:child_process";

requireCi();
requireFingerprint("prod");

const child = spawn("npx", ["prisma", "migrate", "deploy"], { stdio: "inherit" });
child.on("exit", (code) => console.log(`ended with ${code}`));
