require('node:process').title = 'build';
