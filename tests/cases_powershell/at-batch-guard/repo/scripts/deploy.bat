@echo off
if not "%CI%"=="true" exit /b 1
call npx prisma migrate deploy || exit /b 1
