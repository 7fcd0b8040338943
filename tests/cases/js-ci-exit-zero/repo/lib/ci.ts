export function requireCi(): void {
  if (process.env.CI !== "true") {
    console.log("not in CI, nothing to do");
    process.exit(0);
  }
}
