@echo off
psql %DATABASE_URL% -c "DELETE FROM members"
if errorlevel 1 exit /b 1
