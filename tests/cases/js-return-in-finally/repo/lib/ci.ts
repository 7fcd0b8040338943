export function requireCi(): void {
  try {
    if (process.env.CI !== "true") {
      throw new Error("this runs in CI only");
    }
  } finally {
    return;
  }
}
