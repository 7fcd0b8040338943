@echo off
call npx prisma migrate reset --force
exit /b 0
