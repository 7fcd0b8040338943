export function requireCi(): void {
  if (process.env.CI === "false" || process.env.CI === undefined) {
    process.exit(1);
  }
}
