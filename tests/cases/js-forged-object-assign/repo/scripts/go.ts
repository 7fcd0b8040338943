Object.assign(process.env, { CI: "true" });
await import("./rename");
