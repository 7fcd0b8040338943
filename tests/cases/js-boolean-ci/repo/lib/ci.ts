export function requireCi(): void {
  const isCi = Boolean(process.env.CI);
  if (!isCi) {
    process.exit(1);
  }
}
