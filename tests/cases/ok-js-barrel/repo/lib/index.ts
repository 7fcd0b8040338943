export * from "./ci";
export { requireFingerprint as checkDatabase } from "./fingerprint";
