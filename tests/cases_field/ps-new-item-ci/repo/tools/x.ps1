New-Item -Path Env:CI -Value "true" -Force
npx tsx scripts/rename.ts
