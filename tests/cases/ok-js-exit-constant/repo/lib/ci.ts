const EXIT_NOT_CI = 78;
export function requireCi(): void {
  if (process.env.CI !== "true") {
    process.exitCode = EXIT_NOT_CI;
    process.exit(EXIT_NOT_CI);
  }
}
