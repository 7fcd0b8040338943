export function requireCi(): void {
  if (process.env.CI !== "true") {
    console.error("this runs in CI only");
    process.exit(1);
  }
}
