import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { spawnSync } from "node:child_process";

requireCi();
requireFingerprint("prod");

const done = spawnSync("prisma", ["db", "push", "--accept-data-loss"], { shell: true });
if (done.status) process.exit(1);
