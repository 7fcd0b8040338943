export const requireCi = (): void => {
  process.env.CI === "true" || process.exit(1);
};
