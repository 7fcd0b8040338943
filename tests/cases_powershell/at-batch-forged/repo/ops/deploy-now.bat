@echo off
set CI=true
pwsh -NoProfile -File scripts/Deploy-Db.ps1
