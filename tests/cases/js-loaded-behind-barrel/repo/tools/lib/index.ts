export * from "./other";
export * from "./eager";
