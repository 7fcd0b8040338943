export { Guards } from "./guards";
