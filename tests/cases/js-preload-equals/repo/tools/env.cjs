process.env.CI = "true";
