@echo off
rem psql -c "DELETE FROM users"
echo DELETE FROM users
set NODE_ENV=production
call npm ci || exit /b 1
npx prisma generate
if errorlevel 1 goto :fail
goto :eof
:fail
echo failed
exit /b 1
