-- guard's own tables. Every statement may run again.
create table if not exists public.database_metadata (
    id text primary key check (id = 'singleton'),
    environment text not null,
    fingerprint text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create table if not exists public.guard_ledger (
    generation bigint primary key,
    kind text not null,
    run text not null,
    at text not null,
    outcome text not null,
    body text not null,
    token text unique,
    prev text not null,
    hash text not null unique
);
create table if not exists public.guard_lease (
    id text primary key check (id = 'singleton'),
    fence bigint not null,
    run text not null,
    holder text not null,
    since text not null
);
