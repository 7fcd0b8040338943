export * from "./other";
export * from "./wipe";
