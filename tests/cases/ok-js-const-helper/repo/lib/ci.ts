const isCi = (): boolean => process.env.CI === "true";

export const requireCi = (): void => {
  if (isCi()) return;
  throw new Error("this runs in CI only");
};
