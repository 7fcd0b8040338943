DELETE FROM orders WHERE status = 'draft';
TRUNCATE audit_log;
