export function requireCi(): void {
  switch (process.env.CI) {
    case "true":
      return;
    default:
      console.error("this runs in CI only");
      process.exit(1);
  }
}
