INSERT INTO services (name) VALUES ('x');
