insert into items (id, name, cents) values (1, 'Lamp', 3900), (2, 'Chair', 8900), (3, 'Table', 24900);
