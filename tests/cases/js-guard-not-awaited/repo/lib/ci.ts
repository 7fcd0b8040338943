export async function requireCi(): Promise<void> {
  await Promise.resolve();
  if (process.env.CI !== "true") {
    throw new Error("this runs in CI only");
  }
}
