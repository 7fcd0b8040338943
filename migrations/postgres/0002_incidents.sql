-- What went wrong, and what came of it. Every statement may run again.
create table if not exists public.ops_incident (
    id text primary key,
    created_at timestamptz not null,
    severity text not null check (severity in ('INFO', 'WARN', 'CRITICAL')),
    category text not null check (category in ('DB', 'TUNNEL', 'API', 'DEPLOY', 'OTHER')),
    summary text not null,
    details_json text not null,
    resolved_at timestamptz null,
    resolution_notes text null
);
create table if not exists public.ops_incident_event (
    id text primary key,
    incident_id text not null references public.ops_incident (id),
    created_at timestamptz not null,
    event_type text not null check (event_type in ('DETECTED', 'RECOVERY_ATTEMPTED', 'RECOVERY_SUCCESS', 'RECOVERY_FAILED', 'ESCALATED', 'RESOLVED')),
    message text not null,
    metadata_json text not null
);
create index if not exists ops_incident_open on public.ops_incident (resolved_at, created_at);
create index if not exists ops_incident_event_of on public.ops_incident_event (incident_id, created_at);
