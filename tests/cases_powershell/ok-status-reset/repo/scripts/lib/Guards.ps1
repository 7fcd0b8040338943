function Assert-CiOnly {
    param([string] $Script)
    if ($env:CI -cne 'true') {
        [Console]::Error.WriteLine("$Script runs in CI only")
        exit 1
    }
}

function Assert-Fingerprint {
    param([string] $Environment)
    $expected = @{ staging = '5f0c6a1e9b7d4c52'; prod = 'b81d27e0c94f6a35' }[$Environment]
    $uri = [Uri] $env:DATABASE_URL
    $bytes = [Text.Encoding]::UTF8.GetBytes($uri.Host + $uri.AbsolutePath)
    $hash = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($bytes)).ToLower().Substring(0, 16)
    if ($hash -cne $expected) {
        throw "database fingerprint $hash does not belong to $Environment"
    }
}
