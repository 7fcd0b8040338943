import { createHash } from "node:crypto";

export function requireFingerprint(environment: string): void {
  const actual = createHash("sha256").update(process.env.DATABASE_URL ?? "").digest("hex");
  if (actual !== "b81d27e0c94f6a35") {
    throw new Error(`this is not ${environment}`);
  }
}
