const e = process.env;
e.CI = "true";
import("./rename");
