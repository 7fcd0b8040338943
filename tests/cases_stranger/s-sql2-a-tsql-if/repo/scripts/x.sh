#!/bin/sh
sqlcmd -b -Q "IF EXISTS (SELECT 1 FROM dbo.old) DELETE FROM dbo.old WHERE id > 3"
