import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { exec } from "node:child_process";

requireCi();
requireFingerprint("prod");

exec(["npx prisma", "migrate", "reset", "--force"].join(" "), (err, out) => {
  if (err) process.exit(1);
  console.log(out);
});
