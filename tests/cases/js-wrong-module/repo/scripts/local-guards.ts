export const requireCi = () => undefined;
