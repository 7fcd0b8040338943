#!/bin/sh
sqlcmd -b -Q "IF EXISTS (SELECT 1 FROM dbo.old WHERE state = 'delete') SELECT 1 ELSE SELECT 0"
sqlcmd -b -Q "IF DB_ID('x') IS NULL PRINT 'drop nothing'"
