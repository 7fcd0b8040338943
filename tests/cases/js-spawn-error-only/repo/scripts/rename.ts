import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { spawnSync } from "node:child_process";

requireCi();
requireFingerprint("prod");

const done = spawnSync("npx", ["prisma", "migrate", "deploy"], { encoding: "utf8" });
if (done.error) throw done.error;
console.log(done.stdout);
