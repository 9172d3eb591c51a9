# World.ps1: what the tests of the module need, for each to dot-source: a service that they can start,
# stop, and make busy. Natively that is msiwatch-sim; on Windows the installed service, and the mutex
# itself.
#
# MSIWATCH_TEST_BIN: the folder of the programs. MSIWATCH_TEST_MODULE: the module's folder, with
# msiwatch next to it. MSIWATCH_TEST_PWSH: a PowerShell to start, if not the program that runs this.
$onWindows = $env:OS -eq 'Windows_NT'
$bin = $env:MSIWATCH_TEST_BIN
$msiwatch = Join-Path $bin $(if ($onWindows) { 'msiwatch.exe' } else { 'msiwatch' })
$shell = if ($env:MSIWATCH_TEST_PWSH) { $env:MSIWATCH_TEST_PWSH } else { (Get-Process -Id $PID).Path }
$world = @{ Sim = $null; Mutex = $null; Folder = $null }

function Wait-Until([scriptblock]$Condition, [string]$What) {
    $end = (Get-Date).AddSeconds(30)
    while (-not (& $Condition)) {
        if ((Get-Date) -gt $end) { throw "$What`: not within 30 s" }
        Start-Sleep -Milliseconds 30
    }
}

function Import-TestModule {
    Get-Module MsiWatch | Remove-Module
    Import-Module $env:MSIWATCH_TEST_MODULE -Scope Global
}

function New-World {
    $world.Folder = Join-Path ([IO.Path]::GetTempPath()) "msiwatch-$PID-$(Get-Random)"
    $null = New-Item -ItemType Directory $world.Folder
    if (-not $onWindows) { $env:MSIWATCH_PIPE = Join-Path $world.Folder 'pipe' }
    Start-World
}

function Start-World {
    if ($onWindows) {
        Start-Service MsiWatch
        Wait-Until { & $msiwatch status --json 2>$null; $LASTEXITCODE -ne 1062 } 'the service'
        return
    }
    $start = New-Object Diagnostics.ProcessStartInfo (Join-Path $bin 'msiwatch-sim')
    $start.Arguments = "--pipe ""$env:MSIWATCH_PIPE"" --data ""$(Join-Path $world.Folder 'data')"""
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.UseShellExecute = $false
    $world.Sim = [Diagnostics.Process]::Start($start)
    do { $line = $world.Sim.StandardOutput.ReadLine() } until ($line -in 'ready', $null)
    if ($null -eq $line) { throw 'msiwatch-sim did not start' }
}

function Stop-World {
    if ($onWindows) { Stop-Service MsiWatch; return }
    if ($world.Sim) {
        $world.Sim.StandardInput.Close()
        $null = & /bin/kill $world.Sim.Id
        $world.Sim.WaitForExit()
        $world.Sim = $null
    }
}

function Remove-World {
    Set-Busy $false
    Stop-World
    if (-not $onWindows) { Remove-Item Env:MSIWATCH_PIPE }
    Remove-Item -Recurse -Force $world.Folder -ErrorAction SilentlyContinue
}

# A command of msiwatch-sim's; only natively.
function Send-Sim([string]$Command) {
    $world.Sim.StandardInput.WriteLine($Command)
    do { $line = $world.Sim.StandardOutput.ReadLine() } until ($line -in 'ok', 'error', $null)
    if ($line -ne 'ok') { throw "msiwatch-sim said '$line' to '$Command'" }
}

# Takes the mutex that Windows Installer takes, or leaves it.
function Set-Busy([bool]$Busy) {
    if (-not $onWindows) {
        if ($world.Sim) { Send-Sim $(if ($Busy) { 'mutex held 4242' } else { 'mutex free' }) }
    } elseif ($Busy -and -not $world.Mutex) {
        $world.Mutex = New-Object Threading.Mutex $false, 'Global\_MSIExecute'
        $null = $world.Mutex.WaitOne()
    } elseif (-not $Busy -and $world.Mutex) {
        $world.Mutex.ReleaseMutex()
        $world.Mutex.Dispose()
        $world.Mutex = $null
    }
}

# Until the service says so, and has written it down.
function Wait-State([string]$State) {
    Wait-Until { (& $msiwatch status --json 2>$null | ConvertFrom-Json).state -eq $State } "the state $State"
}

# A PowerShell of the kind that runs this, in the background: script text in, its output out.
function Start-Child([string]$Script) {
    $file = Join-Path $world.Folder "child-$(Get-Random).ps1"
    Set-Content -LiteralPath $file -Value $Script -Encoding Ascii
    $start = New-Object Diagnostics.ProcessStartInfo $shell
    $start.Arguments = "-NoProfile -NonInteractive $(if ($onWindows) { '-ExecutionPolicy Bypass ' })-File ""$file"""
    $start.RedirectStandardOutput = $true
    $start.UseShellExecute = $false
    [Diagnostics.Process]::Start($start)
}

# Script text in a PowerShell of its own in this process, in the background: to start a program costs
# a second or more. Stop-Worker when it is not needed any more.
function Start-Worker([string]$Script, [object[]]$Arguments) {
    $worker = @{ Shell = [PowerShell]::Create(); Read = 0; Run = $null
        Output = New-Object 'Management.Automation.PSDataCollection[PSObject]' }
    $none = New-Object 'Management.Automation.PSDataCollection[PSObject]'
    $none.Complete()
    $null = $worker.Shell.AddScript($Script)
    foreach ($argument in $Arguments) { $null = $worker.Shell.AddArgument($argument) }
    $worker.Run = $worker.Shell.BeginInvoke($none, $worker.Output)
    $worker
}

# The next object that it puts out.
function Read-Worker($Worker) {
    Wait-Until { $Worker.Output.Count -gt $Worker.Read -or $Worker.Run.IsCompleted } 'what it puts out'
    if ($Worker.Output.Count -le $Worker.Read) { throw 'it put out nothing more' }
    $Worker.Output[$Worker.Read++]
}

# Whether it ends by itself; then it is over.
function Wait-Worker($Worker) {
    $ended = $Worker.Run.AsyncWaitHandle.WaitOne(60000)
    Stop-Worker $Worker
    $ended
}

function Stop-Worker($Worker) {
    $Worker.Shell.Stop()
    $Worker.Shell.Dispose()
}

# All that it puts out, as lines.
function Invoke-Worker([string]$Script) {
    $shell = [PowerShell]::Create()
    try { @($shell.AddScript($Script).Invoke() | ForEach-Object { "$_" }) -join "`n" } finally { $shell.Dispose() }
}

# The next line that it prints.
function Read-Child($Child) {
    $task = $Child.StandardOutput.ReadLineAsync()
    if (-not $task.Wait(40000)) {
        $Child.Kill()
        throw 'no line within 40 s'
    }
    $task.Result
}

# Busy and idle in turn, in the background, until Stop-Changes.
function Start-Changes {
    if (-not $onWindows) {
        $changes = @{ End = $false }
        $changes.Worker = Start-Worker @'
param($sim, $changes)
while (-not $changes.End) {
    foreach ($state in 'held 4242', 'free') {
        $sim.StandardInput.WriteLine("mutex $state")
        do { $line = $sim.StandardOutput.ReadLine() } until ($line -in 'ok', $null)
        Start-Sleep -Milliseconds 150
    }
}
'@ $world.Sim, $changes
        return $changes
    }
    Start-Child @'
$mutex = New-Object Threading.Mutex $false, 'Global\_MSIExecute'
for (;;) {
    $null = $mutex.WaitOne()
    Start-Sleep -Milliseconds 300
    $mutex.ReleaseMutex()
    Start-Sleep -Milliseconds 300
}
'@
}

function Stop-Changes($Changes) {
    if ($onWindows) {
        $Changes.Kill()
    } else {
        $Changes.End = $true
        $null = Wait-Worker $Changes.Worker
    }
    Wait-State idle
}
