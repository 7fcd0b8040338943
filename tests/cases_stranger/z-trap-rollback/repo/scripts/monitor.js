setInterval(() => console.log("still running"), 30000);
