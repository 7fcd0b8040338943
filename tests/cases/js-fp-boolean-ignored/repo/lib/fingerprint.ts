import { createHash } from "node:crypto";

export function requireFingerprint(environment: string): boolean {
  const actual = createHash("sha256").update(process.env.DATABASE_URL ?? "").digest("hex");
  return actual === process.env[`FP_${environment}`];
}
