import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { exec } from "node:child_process";

requireCi();
requireFingerprint("prod");

exec("npx prisma migrate deploy", (err, stdout) => {
  if (err) throw err;
  console.log(stdout);
});
