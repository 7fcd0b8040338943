export function requireCi(): void {
  if (process.env.CI?.toLowerCase() !== "true") {
    process.exit(1);
  }
}
