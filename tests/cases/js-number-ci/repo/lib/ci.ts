export function requireCi(): void {
  if (!Number(process.env.CI) && process.env.CI !== "true") {
    process.exit(1);
  }
}
