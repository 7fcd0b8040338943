$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
class Gate {
    [string] $Name
    Gate([string] $name) { $this.Name = $name }
    [void] Check() {
        if ($env:CI -cne 'true') { throw "$($this.Name) runs in CI only" }
    }
}
[Gate]::new('Deploy-Db').Check()
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
