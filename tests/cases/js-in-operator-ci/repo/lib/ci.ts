export function requireCi(): void {
  if (!("CI" in process.env)) {
    process.exit(1);
  }
}
