export const shouldSkip = () => ["1", "true"].includes(process.env.LOCAL_MODE ?? "");
