export function requireCi(): void {
  const { CI = "true" } = process.env;
  if (CI !== "true") {
    process.exit(1);
  }
}
