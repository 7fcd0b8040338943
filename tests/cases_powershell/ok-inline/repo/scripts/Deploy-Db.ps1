#requires -Version 7
<#
  .SYNOPSIS
  Deploys. DELETE FROM is not what it does.
#>
[CmdletBinding()]
param([string] $Schema = 'prisma/schema.prisma')

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
if ([Environment]::GetEnvironmentVariable('CI') -cne 'true') {
    throw 'CI only'
}
. (Join-Path $PSScriptRoot 'lib' 'Guards.ps1')
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
exit $LASTEXITCODE
