const which = "fix";
await import(`./quarantine/${which}`);
