const path = require("path");

require(path.join(__dirname, "quarantine", "fix"));
