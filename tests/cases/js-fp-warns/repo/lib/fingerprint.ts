import { createHash } from "node:crypto";

export function requireFingerprint(environment: string): void {
  const actual = createHash("sha256").update(process.env.DATABASE_URL ?? "").digest("hex");
  if (actual !== process.env.EXPECTED) {
    console.warn(`this is not ${environment}`);
  }
}
