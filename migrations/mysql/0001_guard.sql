-- guard's own tables. Every statement may run again.
create table if not exists `database_metadata` (
    id varchar(32) not null primary key check (id = 'singleton'),
    environment varchar(191) not null,
    fingerprint longtext not null,
    created_at timestamp not null default current_timestamp,
    updated_at timestamp not null default current_timestamp
) engine = InnoDB default charset = utf8mb4;
create table if not exists `guard_ledger` (
    generation bigint not null primary key,
    kind varchar(16) not null,
    run varchar(64) not null,
    at varchar(32) not null,
    outcome varchar(16) not null,
    body longtext not null,
    token varchar(64) null unique,
    prev varchar(64) not null,
    hash varchar(64) not null unique
) engine = InnoDB default charset = utf8mb4;
create table if not exists `guard_lease` (
    id varchar(32) not null primary key check (id = 'singleton'),
    fence bigint not null,
    run varchar(64) not null,
    holder varchar(500) not null,
    since varchar(32) not null
) engine = InnoDB default charset = utf8mb4;
