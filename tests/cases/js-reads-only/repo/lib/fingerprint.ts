import { createHash } from "node:crypto";

const EXPECTED: Record<string, string> = { prod: "b81d27e0c94f6a35", dev: "5f0c6a1e9b7d4c52" };

export function requireFingerprint(environment: string, url: string | undefined): void {
  const { hostname, pathname } = new URL(url as string);
  const actual = createHash("sha256").update(hostname + pathname).digest("hex").slice(0, 16);
  if (actual !== EXPECTED[environment]) {
    console.error(`this database is not that of ${environment}`);
    process.exit(1);
  }
}
