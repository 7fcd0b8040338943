process.env.CI ??= 'true';
