<#
What MsiWatch gives to PowerShell, under the PowerShell that runs this: Windows PowerShell 5.1 or 7.
The service runs, msiwatch.exe is in $Bin.

    shell.ps1 -Bin 'C:\Program Files\MsiWatch' -Examples client\examples
#>
param(
    [Parameter(Mandatory)][string]$Bin,
    [Parameter(Mandatory)][string]$Examples
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2
$env:PATH = "$Bin;$env:PATH"
Write-Output "PowerShell $($PSVersionTable.PSVersion)"

# Completion: its script is taken, and completes commands and options.
$script = (& msiwatch.exe completion) -join "`n"
if ($LASTEXITCODE -ne 0) { throw "completion ended with $LASTEXITCODE" }
. ([scriptblock]::Create($script))
foreach ($case in @(, @('msiwatch sta', 'status')) + @(, @('msiwatch status --js', '--json'))) {
    $found = @((TabExpansion2 $case[0] $case[0].Length).CompletionMatches | ForEach-Object { $_.CompletionText })
    if ($found -notcontains $case[1]) { throw "'$($case[0])' completes to '$($found -join ', ')', without $($case[1])" }
}

# JSON is read as objects, whatever the console's code page is.
$status = & msiwatch.exe status --json | ConvertFrom-Json
if ($status.state -notin 'idle', 'busy', 'unknown') { throw "the state is '$($status.state)'" }

# A command's text and its exit code come through msiwatch run. 1619: there is no such package.
$said = & msiwatch.exe run --% --settle 0 -- cmd /c "echo PROP="a b" & exit 7"
if ($LASTEXITCODE -ne 7) { throw "run ended with $LASTEXITCODE instead of 7" }
if ("$said".Trim() -ne 'PROP="a b"') { throw "the command was given: $said" }
& msiwatch.exe run --% --settle 0 -- nosuch.msi /qn PROP="a b"
if ($LASTEXITCODE -ne 1619) { throw "msiexec ended with $LASTEXITCODE instead of 1619" }

# The example, until it has said what is.
$shell = (Get-Process -Id $PID).Path
$out = Join-Path ([IO.Path]::GetTempPath()) 'msiwatch-example.txt'
$example = Start-Process $shell @('-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', "`"$Examples\msiwatch_example.ps1`"") -NoNewWindow -PassThru -RedirectStandardOutput $out
try {
    $end = (Get-Date).AddSeconds(30)
    do {
        Start-Sleep -Milliseconds 300
        $said = @(Get-Content $out -ErrorAction SilentlyContinue)
    } until (($said -match '^now (idle|busy|unknown)$') -or (Get-Date) -gt $end)
    if (-not ($said -match '^now (idle|busy|unknown)$')) { throw "the example said '$($said -join ' | ')'" }
} finally {
    if (-not $example.HasExited) { Stop-Process -Id $example.Id -Force }
}
Write-Output 'completion, JSON, run and the example work'
exit 0 # a step ends with the last program's code, which is 1619 here
