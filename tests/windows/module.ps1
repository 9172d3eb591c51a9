<#
The installed module MsiWatch, in the PowerShell that runs this, Windows PowerShell 5.1 or 7: found
without being imported, in the 32-bit PowerShell, too; and its tests, the same that run elsewhere. As
administrator: they stop and start the service, and take Windows Installer's mutex.

    module.ps1 -Bin 'C:\Program Files\MsiWatch'
#>
param([Parameter(Mandatory)][string]$Bin)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2
$tests = Join-Path (Split-Path $PSScriptRoot) 'powershell'
$module = "$env:ProgramFiles\WindowsPowerShell\Modules\MsiWatch"
$shell = (Get-Process -Id $PID).Path
$small = "$env:SystemRoot\SysWOW64\WindowsPowerShell\v1.0\powershell.exe"
Write-Output "PowerShell $($PSVersionTable.PSVersion)"

foreach ($each in $shell, $small) {
    $said = & $each -NoProfile -NonInteractive -ExecutionPolicy Bypass -Command '(Get-MsiWatchStatus).State; (Get-Module MsiWatch).ModuleBase'
    if ($LASTEXITCODE -ne 0 -or $said[0] -notin 'idle', 'busy', 'unknown') { throw "${each}: $($said -join ' | ')" }
    $expected = if ($each -eq $small) { "${env:ProgramFiles(x86)}\WindowsPowerShell\Modules\MsiWatch" } else { $module }
    if ($said[1] -ne $expected) { throw "${each}: the module of $($said[1]), not of $expected" }
}

$pester = Get-Module -ListAvailable Pester | Where-Object { $_.Version -ge [version]'5.7' } | Select-Object -First 1
if (-not $pester) {
    if ($PSVersionTable.PSVersion.Major -lt 6) { Install-PackageProvider NuGet -Force | Out-Null }
    Install-Module Pester -RequiredVersion 5.7.1 -Force -SkipPublisherCheck -Scope CurrentUser
    $pester = Get-Module -ListAvailable Pester | Where-Object { $_.Version -ge [version]'5.7' } | Select-Object -First 1
}
$env:MSIWATCH_TEST_BIN = $Bin
$env:MSIWATCH_TEST_MODULE = $module
$files = Get-ChildItem "$tests\*.Tests.ps1" | ForEach-Object { $_.FullName }
& $shell -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "$tests\pester.ps1" $pester.Path @files
if ($LASTEXITCODE -ne 0) { throw "the tests ended with $LASTEXITCODE" }
Write-Output 'the module works'
