function Invoke-WithRetry([scriptblock] $Action, [int] $Times = 3) {
    for ($i = 1; $i -le $Times; $i++) {
        & $Action
        if ($LASTEXITCODE -eq 0) { return }
        Start-Sleep -Seconds (2 * $i)
    }
    throw "failed $Times times"
}
Invoke-WithRetry { npx prisma migrate deploy }
