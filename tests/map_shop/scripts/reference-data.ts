import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

async function main() {
  const { saveServices, saveCategories } = await import("../lib/catalogue");
  await saveServices();
  await saveCategories();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
