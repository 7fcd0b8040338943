export function requireCi(): void {
  if (!(process.env.CI == "true" || process.env.CI == "1")) {
    process.exit(1);
  }
}
