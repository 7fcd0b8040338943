import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { $ } from "execa";

requireCi();
requireFingerprint("prod");

await $({ stdio: "inherit" })`npx prisma migrate deploy`;
