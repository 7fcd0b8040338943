[CmdletBinding(SupportsShouldProcess)]
param(
    [ValidateSet('prod')]
    [string] $Environment = 'prod',
    [switch] $Quiet
)

begin {
    $ErrorActionPreference = 'Stop'
    . $PSScriptRoot/lib/Guards.ps1
    Assert-CiOnly -Script 'Deploy-Db'
    Assert-Fingerprint -Environment 'prod'
}
process {
    if ($PSCmdlet.ShouldProcess('shop', 'migrate')) {
        npx prisma migrate deploy
        if ($LASTEXITCODE -ne 0) { throw 'migration failed' }
    }
    if (-not $Quiet) { Write-Host 'done' }
}
end { }
