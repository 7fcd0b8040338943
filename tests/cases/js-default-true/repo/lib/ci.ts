export function requireCi(): void {
  const ci = process.env.CI ?? "true";
  if (ci !== "true") {
    process.exit(1);
  }
}
