process.env = { ...process.env, CI: "true" };
import("./rename");
