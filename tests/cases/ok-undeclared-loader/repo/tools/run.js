const path = require("node:path");
const job = require(process.argv[2]);
job.run(path.resolve("."));
