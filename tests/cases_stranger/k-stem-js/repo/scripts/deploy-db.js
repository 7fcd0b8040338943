console.log("see db.js");
