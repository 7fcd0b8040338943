create table items (
    id integer primary key,
    name text not null,
    cents integer not null check (cents >= 0)
);
