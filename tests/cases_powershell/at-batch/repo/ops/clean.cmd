@echo off
setlocal
if not "%CI%"=="true" exit /b 1
psql "%DATABASE_URL%" -c "DELETE FROM sessions WHERE expired"
