<#
The service MsiWatch, which must be running, answers within 10 s after it was stopped and started,
and after it was killed, while this process holds on to the handles of every service before: the
pipe's name lives as long as any of them. Ends and starts the service.

    tests\windows\handles.ps1 -Bin build\windows\bin
#>
param([Parameter(Mandatory)][string]$Bin)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2
$held = @()

function Get-ServiceProcess {
    [uint32](Get-CimInstance Win32_Service -Filter "Name='MsiWatch'").ProcessId
}

# Connects and never closes.
function New-HeldHandle {
    $options = [System.IO.Pipes.PipeOptions]::Asynchronous
    $level = [System.Security.Principal.TokenImpersonationLevel]::Identification
    $client = New-Object System.IO.Pipes.NamedPipeClientStream '.', 'ProtectedPrefix\Administrators\msiwatch', 'InOut', $options, $level
    $client.Connect(5000)
    $client
}

function Wait-Answer([string]$What) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    do {
        & "$Bin\msiwatch.exe" status --json 2>$null | Out-Null
        $code = $LASTEXITCODE
        if ($code -notin 0, 1618) { Start-Sleep -Milliseconds 100 }
    } until ($code -in 0, 1618 -or $clock.Elapsed.TotalSeconds -gt 10)
    if ($code -notin 0, 1618) { throw "${What}: no answer within 10 s (exit code $code)" }
    Write-Output "${What}: answers after $([int]$clock.Elapsed.TotalMilliseconds) ms"
}

$held += New-HeldHandle
Restart-Service MsiWatch
Wait-Answer 'a stop and a start'
$held += New-HeldHandle
$before = Get-ServiceProcess
Stop-Process -Id $before -Force
Start-Sleep -Milliseconds 500
if ((Get-Service MsiWatch).Status -ne 'Running') { Start-Service MsiWatch }
Wait-Answer 'a kill and a start'
$about = & "$Bin\msiwatch.exe" about --json | ConvertFrom-Json
if (-not $about.pipe.recovered) { throw 'the service does not say that it took the name over' }
$held | ForEach-Object { $_.Dispose() }
Write-Output 'handles that are held keep no service from answering'
