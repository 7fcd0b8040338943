import assert from "node:assert/strict";

export function requireCi(): void {
  assert.equal(process.env.CI, "true", "this runs in CI only");
}
