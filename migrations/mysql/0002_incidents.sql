-- What went wrong, and what came of it; moments are in UTC. Every statement may run again.
create table if not exists `ops_incident` (
    id varchar(64) not null primary key,
    created_at datetime(3) not null,
    severity varchar(16) not null check (severity in ('INFO', 'WARN', 'CRITICAL')),
    category varchar(16) not null check (category in ('DB', 'TUNNEL', 'API', 'DEPLOY', 'OTHER')),
    summary text not null,
    details_json longtext not null,
    resolved_at datetime(3) null,
    resolution_notes text null,
    index ops_incident_open (resolved_at, created_at)
) engine = InnoDB default charset = utf8mb4;
create table if not exists `ops_incident_event` (
    id varchar(64) not null primary key,
    incident_id varchar(64) not null,
    created_at datetime(3) not null,
    event_type varchar(32) not null check (event_type in ('DETECTED', 'RECOVERY_ATTEMPTED', 'RECOVERY_SUCCESS', 'RECOVERY_FAILED', 'ESCALATED', 'RESOLVED')),
    message text not null,
    metadata_json longtext not null,
    index ops_incident_event_of (incident_id, created_at),
    foreign key (incident_id) references `ops_incident` (id)
) engine = InnoDB default charset = utf8mb4;
