console.error("use rename.ts");
process.exit(1);
import "./work";
