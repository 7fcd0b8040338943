console.error("use rename.ts");
process.exit(0);
