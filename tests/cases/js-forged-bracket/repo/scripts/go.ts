process.env["CI"] ||= "true";
require("./rename");
