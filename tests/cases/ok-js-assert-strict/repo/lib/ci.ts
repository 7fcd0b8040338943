import { ok, strictEqual } from "node:assert";

export function requireCi(): void {
  strictEqual(process.env.CI, "true", "this runs in CI only");
  ok(process.env.DATABASE_URL, "no database");
}
