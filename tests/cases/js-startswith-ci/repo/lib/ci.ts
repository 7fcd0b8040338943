export function requireCi(): void {
  if (!process.env.CI?.startsWith("t")) {
    process.exit(1);
  }
}
