import { other } from "./lib";

console.log(other);
