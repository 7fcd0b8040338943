import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { execSync } from "node:child_process";

requireCi();
requireFingerprint("prod");

const COMMANDS: Record<string, string> = { up: "prisma migrate deploy", wipe: "prisma migrate reset --force" };
execSync(`npx ${COMMANDS[process.argv[2] ?? "up"]}`);
