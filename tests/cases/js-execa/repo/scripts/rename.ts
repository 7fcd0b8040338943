import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { execa } from "execa";

requireCi();
requireFingerprint("prod");

await execa("npx", ["prisma", "migrate", "deploy"], { stdio: "inherit" });
