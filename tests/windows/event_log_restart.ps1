<#
The service MsiWatch, which must be running, hears records of the source MsiInstaller before and
after the Event Log service is restarted, at latest 100 s after, and each once. Restarts the
machine's Event Log service: only on a machine to be thrown away.

    tests\windows\event_log_restart.ps1 -Bin build\windows\bin
#>
param([Parameter(Mandatory)][string]$Bin)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2

function Get-Heard {
    $text = & "$Bin\msiwatch.exe" metrics --json
    if ($LASTEXITCODE -ne 0) { throw "metrics ended with $LASTEXITCODE" }
    [uint64]($text | ConvertFrom-Json).install_records_total
}

function Get-Health {
    $about = & "$Bin\msiwatch.exe" about --json | ConvertFrom-Json
    "$($about.sensors.install_log) $($about.sensor_problems.install_log)"
}

function Write-Record([string]$Product) {
    $instance = New-Object System.Diagnostics.EventInstance 1033, 0
    [object[]]$values = $Product, '1.0', '1033', '0', 'Example', '(NULL)', ''
    [Diagnostics.EventLog]::WriteEvent('MsiInstaller', $instance, $values)
}

function Wait-Heard([uint64]$Wanted, [int]$Seconds, [string]$What) {
    $end = (Get-Date).AddSeconds($Seconds)
    do {
        Start-Sleep -Milliseconds 500
        $heard = Get-Heard
    } until ($heard -ge $Wanted -or (Get-Date) -gt $end)
    if ($heard -ne $Wanted) {
        throw "${What}: heard $heard, not $Wanted, after $Seconds s; the event log is $(Get-Health)"
    }
}

$heard = Get-Heard
# More than once: a subscription that is drained must still be heard on.
foreach ($i in 1..3) {
    Write-Record "before $i"
    Wait-Heard ($heard + $i) 15 "record $i before the restart"
}
$heard = Get-Heard
Restart-Service EventLog -Force
foreach ($i in 1..3) { Write-Record "after $i" }
Wait-Heard ($heard + 3) 100 'records after the restart'
Write-Record 'live'
Wait-Heard ($heard + 4) 100 'a record once it is well again'
Start-Sleep -Seconds 65 # over its next look
if ((Get-Heard) -ne $heard + 4) { throw 'a record was heard twice' }
if ((Get-Health) -notlike 'ok *') { throw "the event log is $(Get-Health)" }
Write-Output 'the restart was survived'
