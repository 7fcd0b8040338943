export function requireCi(): void {
  if (!JSON.parse(process.env.CI ?? "false")) {
    process.exit(1);
  }
}
