import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { execFileSync } from "node:child_process";

requireCi();
requireFingerprint("prod");

const args = ["prisma", "migrate"];
args.push("reset", "--force");
execFileSync("npx", args);
