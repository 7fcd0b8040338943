console.log(process.env.CI);
