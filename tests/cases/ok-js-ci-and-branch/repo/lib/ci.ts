export function requireCi(): void {
  if (process.env.CI !== "true" || process.env.GITHUB_REF !== "refs/heads/main") {
    process.exit(1);
  }
}
