import { requireCi } from "./ci";
import { requireFingerprint } from "./fingerprint";

export async function guarded(work: () => Promise<void>): Promise<void> {
  requireCi();
  requireFingerprint("prod");
  try {
    await work();
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
