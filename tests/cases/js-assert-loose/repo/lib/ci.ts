import assert from "node:assert";

export function requireCi(): void {
  assert(process.env.CI, "this runs in CI only");
}
