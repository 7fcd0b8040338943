@echo off
dir /b
if errorlevel 1 exit /b 1
echo DELETE FROM members
