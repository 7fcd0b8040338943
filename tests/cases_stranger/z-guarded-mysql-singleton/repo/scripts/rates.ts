import { enforceCIOnlyExecution } from "../lib/ci-enforcement";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";

enforceCIOnlyExecution("rates");
validateEnvironmentFingerprint("prod");
async function main() {
  const { search } = await import("../lib/search");
  const pool = await search();
  await pool.execute("UPDATE rates SET value = ? WHERE zone = ?", [2, "A"]);
  await pool.end();
}
main().catch((e) => {
  console.error(e);
  process.exit(1);
});
