New-Item -ItemType Directory -Path out -Force
New-Item -Path Env:PORT -Value 3000
[Environment]::SetEnvironmentVariable("PORT", "3000")
npx tsc
