process.env["CI"] = process.env["CI"] ?? "true";
await import("../scripts/sync-reference-data");
