import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { exec } from "node:child_process";
import { promisify } from "node:util";

requireCi();
requireFingerprint("prod");

const sh = promisify(exec);
await sh("npx prisma migrate deploy");
