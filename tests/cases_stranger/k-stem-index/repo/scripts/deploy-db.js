console.log("see sync");
