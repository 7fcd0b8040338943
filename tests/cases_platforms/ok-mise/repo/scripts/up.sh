mise install
mise use node@22
