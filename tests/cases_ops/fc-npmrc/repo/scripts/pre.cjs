process.env.CI = 'true';
