if (!process.env.REPORT_TOKEN) throw new Error("REPORT_TOKEN is not set");
console.log("report");
