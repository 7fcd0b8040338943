console.log("orm");
