process.env.CI ??= "true";
