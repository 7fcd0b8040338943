DELETE FROM audit_logs;
