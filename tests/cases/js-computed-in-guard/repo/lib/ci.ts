export function requireCi(): void {
  const key = `${"BY"}${"PASS"}`;
  if (process.env.CI !== "true" && !process.env[key]) {
    process.exit(1);
  }
}
