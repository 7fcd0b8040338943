export function requireCi(): void {
  if (process.env.CI !== "true" && process.env.GITHUB_ACTIONS !== "true") {
    process.exit(1);
  }
}
