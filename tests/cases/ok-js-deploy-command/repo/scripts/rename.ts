import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { execa } from "execa";

requireCi();
requireFingerprint("prod");

const env = { ...process.env, FORCE_COLOR: "1" };
await execa("npx", ["prisma", "migrate", "deploy"], { stdio: "inherit", env });
