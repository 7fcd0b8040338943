const TRUTHY = new Set(["true", "1"]);

export function requireCi(): void {
  if (!TRUTHY.has(String(process.env.CI))) {
    process.exit(1);
  }
}
