import { createHash } from "node:crypto";
import { databaseUrl } from "./url";

const EXPECTED = { staging: "5f0c6a1e9b7d4c52", prod: "b81d27e0c94f6a35" } as const;

export function validateEnvironmentFingerprint(environment: keyof typeof EXPECTED): void {
  const { hostname, pathname } = new URL(databaseUrl);
  const actual = createHash("sha256").update(hostname + pathname).digest("hex").slice(0, 16);
  if (actual !== EXPECTED[environment]) {
    console.error(`database fingerprint ${actual} does not belong to ${environment}`);
    process.exit(1);
  }
}
