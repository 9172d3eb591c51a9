# MsiWatch.psm1: makes objects from the JSON that msiwatch.exe prints.
#
# For Windows PowerShell 5.1 and PowerShell 7, in full and in constrained language mode: cmdlets,
# operators and methods of strings and times, no other .NET types. ASCII only, because 5.1 reads a file
# without a byte order mark in the system's code page.

# A member that an older service does not send is null here, even if the caller uses strict mode.
Set-StrictMode -Off

# The type names of the objects (MsiWatch/Event and so on) have a slash, so that they cannot be names of
# .NET types: PowerShell would search every assembly for one, again for each object.

# The error's id and category for each exit code.
$failures = @{
    2 = 'ProgramNotFound', 'ObjectNotFound'
    5 = 'AccessDenied', 'PermissionDenied'
    13 = 'AnswerNotUnderstood', 'InvalidData'
    21 = 'Unknown', 'OperationTimeout'
    87 = 'InvalidArgument', 'InvalidArgument'
    231 = 'PipeBusy', 'ResourceBusy'
    288 = 'TurnEnded', 'OperationStopped'
    740 = 'NeedsElevation', 'PermissionDenied'
    1062 = 'ServiceNotRunning', 'ResourceUnavailable'
    1131 = 'WouldWaitForItself', 'DeadlockDetected'
    1223 = 'Cancelled', 'OperationStopped'
    1460 = 'TimedOut', 'OperationTimeout'
    1618 = 'Busy', 'OperationTimeout'
    1816 = 'OverLimit', 'LimitsExceeded'
}

# ConvertFrom-Json of PowerShell 7 turns text that looks like a time into a DateTime; since 7.5 it can be
# told not to, and 5.1 never does it. msiwatch's times end in +00:00, so they become local times either
# way.
$jsonOptions = @{}
if ((Get-Command ConvertFrom-Json).Parameters.Keys -contains 'DateKind') { $jsonOptions.DateKind = 'String' }
$makesTimes = $PSVersionTable.PSVersion.Major -ge 6
$othersTime = '"\d{4}-\d\d-\d\dT(?!\d\d:\d\d:\d\d\.\d{3}\+00:00")|"\\?/Date\('
$constrained = $ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage'

# ---- the program --------------------------------------------------------------------------------

# Next to the module, as in the zip, or where the MSI puts it. PATH is never searched: if a user could
# write to one of its folders, that user would decide what an administrator runs.
function Find-Program {
    $name = if ($env:OS -eq 'Windows_NT') { 'msiwatch.exe' } else { 'msiwatch' }
    $folders = @($PSScriptRoot, (Split-Path $PSScriptRoot))
    if ($env:ProgramW6432) { $folders += "$env:ProgramW6432\MsiWatch" }
    foreach ($folder in $folders) {
        $path = Join-Path $folder $name
        if (Test-Path -LiteralPath $path -PathType Leaf) { return $path }
    }
}

# Quotes an argument for a command line.
function ConvertTo-Quoted([string]$Text) {
    '"' + ($Text -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1') + '"'
}

# Turns the times and durations of an object into DateTime and TimeSpan.
function Convert-Member($Object) {
    foreach ($name in 'Since', 'SampledAt', 'StartedAt', 'RebootAt', 'LastAt', 'Until') {
        if ($null -ne $Object.$name) { $Object.$name = [DateTime]$Object.$name }
    }
    foreach ($name in 'Waited', 'Held', 'Still', 'Cpu') {
        if ($null -ne $Object.$name) { $Object.$name = [TimeSpan]$Object.$name }
    }
}

function ConvertTo-Status($Status) {
    if ($null -eq $Status) { return }
    foreach ($part in $Status, $Status.Install, $Status.Activity, $Status.Turns.Holder, $Status.Turns.Hold) {
        Convert-Member $part
    }
    $Status | Add-Member -TypeName 'MsiWatch/Status' -PassThru
}

# Runs msiwatch.exe and outputs its lines as they come. A line of standard error is not a string but an
# error record. $LASTEXITCODE does not change, because a busy state is not a failure of the script.
function Read-Program([object[]]$Arguments, [string]$Pipe) {
    # Neither lines on standard error nor the exit code may become exceptions.
    $ErrorActionPreference = 'Continue'
    $PSNativeCommandUseErrorActionPreference = $false
    $program = Find-Program
    if (-not $program) { return New-MissingProgram }
    if ($Pipe) { $Arguments += '--pipe', $Pipe }
    $before = $global:LASTEXITCODE
    try {
        & $program @Arguments --json=powershell 2>&1
    } finally {
        $global:LASTEXITCODE = $before
    }
}

function New-Complaint([int]$Code, [string]$Message) {
    '' | Select-Object @{ n = 'Code'; e = { $Code } }, @{ n = 'Message'; e = { $Message } }
}

function New-MissingProgram {
    $places = @("next to the module ($PSScriptRoot)")
    if ($env:ProgramW6432) { $places += "in $env:ProgramW6432\MsiWatch" }
    New-Complaint 2 "there is no msiwatch.exe $($places -join ' or '); install MsiWatch"
}

# Reads {"Error":{"Code":1062,"Message":"..."}}. A notice, {"Notice":"..."}, becomes a warning.
function Read-Complaint($Said) {
    if ($null -ne $Said.Code) { return $Said } # ours
    if ("$Said" -notmatch '^\s*\{') { return New-Complaint 0 "$Said" }
    $said = "$Said" | ConvertFrom-Json @jsonOptions
    if ($null -ne $said.Error) { return New-Complaint $said.Error.Code $said.Error.Message }
    Write-Warning "$($said.Notice)"
}

# The parameters for Write-Error; null if it was not a failure.
function Read-Failure($Said) {
    $complaint = Read-Complaint $Said
    if ($null -eq $complaint) { return }
    $id, $category = $failures[[int]$complaint.Code]
    if (-not $id) { $id, $category = 'Failed', 'NotSpecified' }
    @{
        Message = $complaint.Message
        ErrorId = $id
        Category = $category
        CategoryActivity = (Get-Variable MyInvocation -Scope 1 -ValueOnly).MyCommand.Name
        TargetObject = $complaint
    }
}

# The objects for a line: one event, or an array of many. With many events, everything counts: each call
# of a function, each access to a member, and above all to a member that does not exist. So
# ConvertFrom-Json converts the times, unless other text, such as a label, looks like a time, too.
function ConvertFrom-EventLine([string]$Line) {
    $asText = -not $makesTimes -or $Line -match $othersTime
    $options = if ($asText) { $jsonOptions } else { @{} }
    $events = $Line | ConvertFrom-Json @options
    foreach ($each in $events) {
        if ($asText) { $each.Time = [DateTime]$each.Time }
        $kind = $each.Kind
        if ($kind -eq 'transition') {
            $lasted = $each.Lasted
            if ($null -ne $lasted) { $each.Lasted = [TimeSpan]$lasted }
        } elseif ($kind -eq 'install') {
            if ($asText) { Convert-Member $each.Install }
        } elseif ($kind -eq 'turn') {
            Convert-Member $each.Turn
        } else {
            Convert-Member $each
        }
    }
    if ($constrained) {
        $events | Add-Member -TypeName 'MsiWatch/Event'
    } else {
        foreach ($each in $events) { $each.PSTypeNames.Insert(0, 'MsiWatch/Event') } # takes half as long
    }
    $events
}

# ---- programs in the background -----------------------------------------------------------------

# Starts msiwatch.exe in the background. Start-Process passes the text of a command line on unchanged,
# which `&` does not. The output goes to files, because constrained language mode has no pipes. $Prefix:
# how msiwatch's messages begin, if another program writes to the same file.
function Start-Background([string]$Program, [string]$Arguments, [string]$Prefix, [switch]$WithOutput) {
    $output, $errors = foreach ($each in 1, 2) { "$((New-TemporaryFile -WhatIf:$false -Confirm:$false).FullName)" }
    $redirection = @{ RedirectStandardError = $errors }
    if ($WithOutput) { $redirection.RedirectStandardOutput = $output }
    $process = Start-Process -FilePath $Program -ArgumentList $Arguments -NoNewWindow -PassThru @redirection
    $null = $process.Handle # otherwise 5.1 does not know the exit code
    @{ Process = $process; Output = $output; Errors = $errors; Prefix = $Prefix; Read = 0; Failure = $null }
}

function Remove-Background($Background) {
    Remove-Item -LiteralPath $Background.Output, $Background.Errors -ErrorAction SilentlyContinue -WhatIf:$false -Confirm:$false
}

# Reads the new lines of standard error. The last failure is kept, what msiwatch waits for becomes
# progress, and lines that are not msiwatch's come from the command.
function Read-Background($Background, [bool]$Ended) {
    $lines = @(Get-Content -LiteralPath $Background.Errors -ErrorAction SilentlyContinue)
    for (; $Background.Read -lt $lines.Count; $Background.Read++) {
        $line = $lines[$Background.Read]
        if (-not $Ended -and $Background.Read -eq $lines.Count - 1 -and $line -notlike '*}') { return } # half a line
        if ($line -notmatch "^\{""(Notice|Error"":\{""Code"":\d+,""Message)"":""$($Background.Prefix).*\}$") {
            Write-Warning $line
        } elseif ($line -match '^\{"Notice":"(run: )?Waiting\b') {
            $Background.Failure = $null
            Write-Progress -Activity 'Invoke-MsiWatch' -Status ($line | ConvertFrom-Json @jsonOptions).Notice
        } else {
            $Background.Failure = Read-Complaint $line
        }
    }
}

# Reads its messages until it ends, or until $Done.
function Wait-Background($Background, [scriptblock]$Done) {
    while (-not $Background.Process.HasExited -and -not (& $Done)) {
        Read-Background $Background $false
        Start-Sleep -Milliseconds 100
    }
    if ($env:OS -ne 'Windows_NT' -and $Background.Process.HasExited) {
        Start-Sleep -Milliseconds 200 # on Unix, PowerShell itself writes the file, a moment later
    }
    Read-Background $Background $true
    Write-Progress -Activity 'Invoke-MsiWatch' -Completed
}

# 0, 3010 and 1641 mean success; after the last two, Windows must restart.
function New-Result([string]$FilePath, [string]$ArgumentList, [int]$ExitCode) {
    '' | Select-Object @{ n = 'FilePath'; e = { $FilePath } }, @{ n = 'ArgumentList'; e = { $ArgumentList } },
        @{ n = 'ExitCode'; e = { $ExitCode } }, @{ n = 'Succeeded'; e = { $ExitCode -in 0, 1641, 3010 } },
        @{ n = 'RestartRequired'; e = { $ExitCode -in 1641, 3010 } } |
        Add-Member -TypeName 'MsiWatch/Result' -PassThru
}

# -WhatIf and -Confirm of the command that calls this. Constrained language mode has no ShouldProcess, so
# Set-Variable asks instead, for a variable that nobody uses.
function Test-Consent([string]$Target, [string]$Action) {
    if ($ExecutionContext.SessionState.LanguageMode -eq 'FullLanguage') {
        return (Get-Variable PSCmdlet -Scope 1 -ValueOnly).ShouldProcess($Target, $Action)
    }
    if ($WhatIfPreference) {
        Write-Host "What if: Performing the operation ""$Action"" on target ""$Target""."
        return $false
    }
    $consent = $false
    Set-Variable -Name consent -Value $true -Description "$Action`: $Target"
    $consent
}

# ---- parameters ---------------------------------------------------------------------------------

# Without quotation marks, PowerShell reads 7d as the decimal number 7.
function ConvertTo-DayText([decimal]$Days) {
    "$([long](86400000 * $Days))ms"
}

# Takes "90s", "1h30m" or a plain number of seconds, as the command line does, or a TimeSpan.
function ConvertTo-TimeText($Value) {
    if ($Value -is [string] -and $Value -match '^\s*[\d.]*\d+:\d') { $Value = [TimeSpan]$Value }
    if ($Value -is [TimeSpan]) { return "$([long]$Value.TotalMilliseconds)ms" }
    if ($Value -is [decimal]) { return ConvertTo-DayText $Value }
    if ($Value -is [string]) { return $Value }
    "$([long](1000 * $Value))ms"
}

# Takes a DateTime, a TimeSpan (that long ago), or text as on the command line: "2h", "2026-11-22".
function ConvertTo-WhenText($Value) {
    if ($Value -is [decimal]) { return ConvertTo-DayText $Value }
    if ($Value -is [TimeSpan]) { $Value = (Get-Date) - $Value }
    if ($Value -isnot [DateTime]) { return "$Value" }
    $Value.ToUniversalTime().ToString('s') + ('.{0:d3}Z' -f $Value.Millisecond)
}

$completeTime = { '5s', '30s', '1m', '10m', '30m', '2h' -like "$($args[2])*" }
$completeWhen = { '1h', '2h', '1d', '7d', '4w' -like "$($args[2])*" }
Register-ArgumentCompleter -CommandName Wait-MsiWatch, Invoke-MsiWatch -ParameterName Timeout -ScriptBlock $completeTime
Register-ArgumentCompleter -CommandName Wait-MsiWatch, Invoke-MsiWatch -ParameterName Settle -ScriptBlock $completeTime
Register-ArgumentCompleter -CommandName Get-MsiWatchHistory -ParameterName Since -ScriptBlock $completeWhen
Register-ArgumentCompleter -CommandName Get-MsiWatchHistory -ParameterName Until -ScriptBlock $completeWhen

# ---- the commands -------------------------------------------------------------------------------

function Get-MsiWatchStatus {
    <#
    .SYNOPSIS
    Says whether Windows Installer is busy now, since when, and with what.
    .DESCRIPTION
    State is idle, busy or unknown. None of these is an error. If the service does not answer, that is an
    error.
    .PARAMETER Pipe
    The service's pipe, if not the default one.
    .OUTPUTS
    MsiWatch/Status
    .EXAMPLE
    Get-MsiWatchStatus

    Prints the status.
    .EXAMPLE
    if ((Get-MsiWatchStatus).State -eq 'idle') { 'An installation can start.' }

    Checks once, without waiting. Another program can start an installation a moment later, so do not
    install after this check: use Invoke-MsiWatch, which takes a turn.
    .LINK
    about_MsiWatch
    #>
    [CmdletBinding()]
    [OutputType('MsiWatch/Status')]
    param([ValidateNotNullOrEmpty()][string]$Pipe)

    foreach ($line in @(Read-Program @('status') $Pipe)) {
        if ($line -isnot [string]) {
            $failure = Read-Failure $line
            if ($failure) { Write-Error @failure }
        } else {
            ConvertTo-Status ($line | ConvertFrom-Json @jsonOptions)
        }
    }
}

function Wait-MsiWatch {
    <#
    .SYNOPSIS
    Waits until Windows Installer is idle (or busy), or until the time is up.
    .DESCRIPTION
    It does not poll, and it does not disturb the running installation. When the service restarts, the
    wait continues.

    When the time is up, it writes an error with the id Busy (still busy, or not idle for long enough),
    Unknown, or TimedOut (not busy, with -For busy). The TargetObject of the error is the status.
    .PARAMETER For
    What to wait for. Default: idle.
    .PARAMETER Settle
    The state must have lasted this long without a break. So a pause between two packages of a setup is
    not enough. A TimeSpan, seconds, or text such as 500ms, 5s or 1m30s.
    .PARAMETER Timeout
    Give up after this long: a TimeSpan, seconds, or text such as 10m. Default: never. 0 checks once.
    .PARAMETER NoReconnect
    End with an error when the service stops, instead of waiting for it to come back.
    .PARAMETER Pipe
    The service's pipe, if not the default one.
    .OUTPUTS
    MsiWatch/Status. Its member Waited says how long the command waited.
    .EXAMPLE
    Wait-MsiWatch -Settle 1s -Timeout 30m -ErrorAction Stop

    Waits until no installation has run for one second. If that takes more than half an hour, a script
    ends here.
    .EXAMPLE
    Wait-MsiWatch -Timeout (New-TimeSpan -Minutes 10) -ErrorAction SilentlyContinue -ErrorVariable late; if ($late) { "Still $($late[0].TargetObject.State)" }

    Waits for ten minutes at most, and prints the state if the time is up by then.
    .LINK
    about_MsiWatch
    #>
    [CmdletBinding()]
    [OutputType('MsiWatch/Status')]
    param(
        [Parameter(Position = 0)][ValidateSet('idle', 'busy')][string]$For = 'idle',
        [ValidateNotNullOrEmpty()]$Settle,
        [ValidateNotNullOrEmpty()]$Timeout,
        [switch]$NoReconnect,
        [ValidateNotNullOrEmpty()][string]$Pipe
    )

    $arguments = @('wait', '--for', $For.ToLower())
    if ($null -ne $Settle) { $arguments += '--settle', (ConvertTo-TimeText $Settle) }
    if ($null -ne $Timeout) { $arguments += '--timeout', (ConvertTo-TimeText $Timeout) }
    if ($NoReconnect) { $arguments += '--no-reconnect' }

    # The status and the error come in any order.
    $status = $null
    $failure = $null
    Read-Program $arguments $Pipe | ForEach-Object {
        if ($_ -isnot [string]) {
            $said = Read-Failure $_
            if ($said) { $failure = $said }
            return
        }
        $answer = $_ | ConvertFrom-Json @jsonOptions
        if ($null -ne $answer.Data) { # timed out: the status belongs to the error
            $status = ConvertTo-Status $answer.Data
        } else {
            ConvertTo-Status $answer.Status |
                Add-Member -NotePropertyName Waited -NotePropertyValue ([TimeSpan]$answer.Waited) -PassThru
        }
    }
    if ($failure) {
        if ($null -ne $status) { $failure.TargetObject = $status }
        Write-Error @failure
    }
}

function Watch-MsiWatch {
    <#
    .SYNOPSIS
    Outputs each change of Windows Installer's state as it happens.
    .DESCRIPTION
    Outputs one object per event, immediately. Ctrl-C ends it, and so do Select-Object -First and
    -UntilIdle. When the service restarts, it continues where it was. It warns if events are no longer in
    the journal, or if a new journal begins.
    .PARAMETER UntilIdle
    End as soon as the state is idle.
    .PARAMETER After
    Begin with the event after the one with this number. Default: begin with the next new event.
    .PARAMETER Journal
    The id of the journal that the number of -After belongs to.
    .PARAMETER NoReconnect
    End with an error when the service stops, instead of waiting for it to come back.
    .PARAMETER Pipe
    The service's pipe, if not the default one.
    .OUTPUTS
    MsiWatch/Event
    .EXAMPLE
    Watch-MsiWatch | Select-Object -First 2

    Outputs the next two events, then ends.
    .EXAMPLE
    Watch-MsiWatch -UntilIdle | ForEach-Object { "$($_.Time): $($_.From) to $($_.To)" }

    Prints each change until no installation is running.
    .LINK
    about_MsiWatch
    #>
    [CmdletBinding()]
    [OutputType('MsiWatch/Event')]
    param(
        [switch]$UntilIdle,
        [ValidateRange(0, 9223372036854775807)][long]$After,
        [ValidateNotNullOrEmpty()][string]$Journal,
        [switch]$NoReconnect,
        [ValidateNotNullOrEmpty()][string]$Pipe
    )

    $arguments = @('watch')
    if ($UntilIdle) { $arguments += '--until-idle' }
    if ($NoReconnect) { $arguments += '--no-reconnect' }
    if ($PSBoundParameters.Keys -contains 'After') { $arguments += '--after', $After }
    if ($Journal) { $arguments += '--journal', $Journal }

    Read-Program $arguments $Pipe | ForEach-Object {
        if ($_ -isnot [string]) {
            $failure = Read-Failure $_
            if ($failure) { Write-Error @failure }
            return
        }
        $object = $_ | ConvertFrom-Json @jsonOptions
        if ($null -ne $object.Kind) {
            ConvertFrom-EventLine $_
        } elseif ($object.Method -eq 'gap') {
            Write-Warning "The journal no longer holds the events $($object.Params.From) to $($object.Params.To)."
        } elseif ($object.Method -eq 'reset') {
            Write-Warning "A new journal begins: $($object.Params.Journal). Its events are numbered from 1."
        }
    }
}

function Get-MsiWatchHistory {
    <#
    .SYNOPSIS
    Gets the events of the journal, oldest first.
    .DESCRIPTION
    Without -Since, -Until and -Newest, it gets the newest 64 events.
    .PARAMETER Since
    Events from this time on: a DateTime, a TimeSpan (that long ago), or text: 2h, 7d, 2026-11-22,
    "2026-11-22 10:41".
    .PARAMETER Until
    Events before this time. It takes the same values as -Since.
    .PARAMETER Newest
    At most this many events: the newest ones.
    .PARAMETER Pipe
    The service's pipe, if not the default one.
    .OUTPUTS
    MsiWatch/Event
    .EXAMPLE
    Get-MsiWatchHistory -Since 2h

    Gets the events of the last two hours.
    .EXAMPLE
    Get-MsiWatchHistory -Since 7d | Where-Object { $_.Install.Result -eq 'failure' } | ForEach-Object { $_.Install } | Select-Object Product, Version, Status

    Gets the installations that failed in the last seven days.
    .EXAMPLE
    Get-MsiWatchHistory -Newest 5 | Format-Table Seq, Time, From, To

    Shows the last five events.
    .LINK
    about_MsiWatch
    #>
    [CmdletBinding()]
    [OutputType('MsiWatch/Event')]
    param(
        [ValidateNotNullOrEmpty()]$Since,
        [ValidateNotNullOrEmpty()]$Until,
        [ValidateRange(1, 2147483647)][int]$Newest,
        [ValidateNotNullOrEmpty()][string]$Pipe
    )

    $arguments = @('history')
    if ($null -ne $Since) { $arguments += '--since', (ConvertTo-WhenText $Since) }
    if ($null -ne $Until) { $arguments += '--until', (ConvertTo-WhenText $Until) }
    $turned = $Newest -and $arguments.Count -gt 1
    if ($Newest) { $arguments += '--limit', $Newest }
    if ($turned) { $arguments += '--desc' }

    $said = @() # an error that the block writes would not be this command's
    $read = { if ($_ -is [string]) { ConvertFrom-EventLine $_ } else { $said += $_ } }
    if ($turned) {
        $events = @(Read-Program $arguments $Pipe | ForEach-Object $read)
        if ($events.Count -gt 0) { $events[($events.Count - 1)..0] }
    } else {
        Read-Program $arguments $Pipe | ForEach-Object $read
    }
    foreach ($each in $said) {
        $failure = Read-Failure $each
        if ($failure) { Write-Error @failure }
    }
}

function Get-MsiWatchTurn {
    <#
    .SYNOPSIS
    Gets the program that has the turn to install now, and those that wait for one.
    .DESCRIPTION
    The holder comes first, with Position 0. The programs that wait for a turn follow, in order. Programs
    that wait without taking turns are not listed. While an administrator holds the queue, a warning says
    until when, and why.
    .PARAMETER Pipe
    The service's pipe, if not the default one.
    .OUTPUTS
    MsiWatch/Turn
    .EXAMPLE
    Get-MsiWatchTurn

    Gets the queue.
    .EXAMPLE
    @(Get-MsiWatchTurn).Count

    Counts the programs that have the turn or wait for it.
    .LINK
    about_MsiWatch
    #>
    [CmdletBinding()]
    [OutputType('MsiWatch/Turn')]
    param([ValidateNotNullOrEmpty()][string]$Pipe)

    foreach ($line in @(Read-Program @('turn', 'list') $Pipe)) {
        if ($line -isnot [string]) {
            $failure = Read-Failure $line
            if ($failure) { Write-Error @failure }
            continue
        }
        $queue = $line | ConvertFrom-Json @jsonOptions
        $position = 0
        foreach ($turn in @($queue.Holder) + @($queue.Waiting)) {
            if ($null -ne $turn) {
                Convert-Member $turn
                $turn | Add-Member -NotePropertyName Position -NotePropertyValue $position -TypeName 'MsiWatch/Turn' -PassThru
            }
            $position++
        }
        if ($null -ne $queue.Hold) {
            $until = if ($null -ne $queue.Hold.Until) { "until $([DateTime]$queue.Hold.Until)" } else { 'until it is lifted' }
            Write-Warning "An administrator holds the queue ${until}: $($queue.Hold.Why)"
        }
    }
}

function Invoke-MsiWatch {
    <#
    .SYNOPSIS
    Installs when it is your turn, so that you do not collide (error 1618) with others that take turns.
    .DESCRIPTION
    With -FilePath, `msiwatch run` starts the program or the .msi or .msp file. It waits for the program
    and for the processes that the program started, and tries again after a collision with another
    installation. ExitCode in the result is the exit code of the program.

    With a script block, you have the turn while the script block runs. The turn is released when the
    script block ends, even with an error. Nothing is retried, and no exit code is returned: the script
    block must retry, and must check exit codes itself. If you lose the turn before that, because the
    service stopped or an administrator ended the turn, you get a warning. Use -FilePath where you can.
    .PARAMETER FilePath
    The program, or the .msi or .msp file, to run.
    .PARAMETER ArgumentList
    The arguments, as one string. It is passed on unchanged: for msiexec, write PROP="a b", not "PROP=a b".
    .PARAMETER ScriptBlock
    The commands to run during the turn.
    .PARAMETER Label
    What others see while they wait for you. Default: the name of the file.
    .PARAMETER Why
    The reason, for administrators.
    .PARAMETER Class
    Programs with the class Background get their turn after all those with the class Normal.
    .PARAMETER Settle
    How long Windows Installer must have been idle before your turn. A TimeSpan, seconds, or text such as 5s.
    .PARAMETER Timeout
    Give up if it is not your turn after this long. Default: 30 minutes with -FilePath; otherwise never.
    .PARAMETER NoRetry
    Do not try again after a collision with another installation.
    .PARAMETER RequireService
    Fail if the service is not running, instead of starting without a turn.
    .PARAMETER RequireKnown
    Fail if the state is unknown, instead of starting anyway.
    .PARAMETER Pipe
    The service's pipe, if not the default one.
    .OUTPUTS
    MsiWatch/Result, or the output of the script block.
    .EXAMPLE
    Invoke-MsiWatch .\setup.exe '/quiet PROP="a b"' -Timeout 1h

    Installs, and returns the result. You can also give an .msi file: Windows' own msiexec installs it.
    .EXAMPLE
    Invoke-MsiWatch { 'Install here.' } -Label 'Nightly update' -Class Background

    Does several things in one turn.
    .EXAMPLE
    Invoke-MsiWatch .\setup.exe /quiet -WhatIf

    Says what it would do, without doing it.
    .LINK
    about_MsiWatch
    #>
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'File', ConfirmImpact = 'Medium')]
    [OutputType('MsiWatch/Result', ParameterSetName = 'File')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'File')][ValidateNotNullOrEmpty()][string]$FilePath,
        [Parameter(Position = 1, ParameterSetName = 'File')][string]$ArgumentList,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Script')][scriptblock]$ScriptBlock,
        [ValidateNotNullOrEmpty()][string]$Label,
        [ValidateNotNullOrEmpty()][string]$Why,
        [ValidateSet('Normal', 'Background')][string]$Class,
        [ValidateNotNullOrEmpty()]$Settle,
        [ValidateNotNullOrEmpty()]$Timeout,
        [Parameter(ParameterSetName = 'File')][switch]$NoRetry,
        [Parameter(ParameterSetName = 'File')][switch]$RequireService,
        [switch]$RequireKnown,
        [ValidateNotNullOrEmpty()][string]$Pipe
    )

    $target = if ($FilePath) { "$FilePath $ArgumentList".Trim() } else { 'the script block' }
    if (-not (Test-Consent $target 'Run during a turn')) { return }

    $options = ''
    if ($Label) { $options += ' --label ' + (ConvertTo-Quoted $Label) }
    if ($Why) { $options += ' --why ' + (ConvertTo-Quoted $Why) }
    if ($Class) { $options += ' --class ' + $Class.ToLower() }
    if ($null -ne $Settle) { $options += ' --settle ' + (ConvertTo-Quoted (ConvertTo-TimeText $Settle)) }
    if ($null -ne $Timeout) { $options += ' --timeout ' + (ConvertTo-Quoted (ConvertTo-TimeText $Timeout)) }
    if ($NoRetry) { $options += ' --no-retry' }
    if ($RequireService) { $options += ' --require-service' }
    if ($RequireKnown) { $options += ' --require-known' }
    if ($Pipe) { $options += ' --pipe ' + (ConvertTo-Quoted $Pipe) }

    $program = Find-Program
    if (-not $program) {
        $failure = Read-Failure (New-MissingProgram)
        Write-Error @failure
        return
    }
    $WhatIfPreference = $false # Test-Consent has asked
    $ConfirmPreference = 'None'
    if ($FilePath) {
        $background = Start-Background $program "run --json=powershell$options -- $(ConvertTo-Quoted $FilePath) $ArgumentList" 'run: '
        try { Wait-Background $background { $false } } finally { Remove-Background $background }
        if ($null -eq $background.Failure) { return New-Result $FilePath $ArgumentList $background.Process.ExitCode }
    } else {
        # Deleting this file releases the turn. Killing msiwatch.exe would end it, too, but as a lost one.
        $file = "$((New-TemporaryFile).FullName)"
        $background = Start-Background $program "turn hold --json=powershell --for-pid $PID --while $(ConvertTo-Quoted $file)$options" -WithOutput
        $before = $env:MSIWATCH_TURN
        $said = ''
        $lost = $false
        try {
            Wait-Background $background { Get-Content -LiteralPath $background.Output -TotalCount 1 -ErrorAction SilentlyContinue }
            $said = Get-Content -LiteralPath $background.Output -TotalCount 1 -ErrorAction SilentlyContinue
            if ("$said" -match '\}$') {
                $env:MSIWATCH_TURN = ($said | ConvertFrom-Json).MSIWATCH_TURN # commands in the block use this turn
                & $ScriptBlock
                return
            }
        } finally {
            $env:MSIWATCH_TURN = $before
            if ($said -and $background.Process.HasExited) {
                $lost = $true
                Wait-Background $background { $true } # for its message
            }
            Remove-Item -LiteralPath $file -ErrorAction SilentlyContinue
            if ($said) { $background.Process | Wait-Process -Timeout 6 -ErrorAction SilentlyContinue }
            $background.Process | Stop-Process -Force -ErrorAction SilentlyContinue
            $background.Process | Wait-Process -ErrorAction SilentlyContinue
            Remove-Background $background
            if ($lost) { Write-Warning "The turn ended before the script block did, and others may have installed meanwhile: $($background.Failure.Message)" }
        }
    }
    if ($null -eq $background.Failure) { $background.Failure = New-Complaint 0 "msiwatch ended with $($background.Process.ExitCode)" }
    $failure = Read-Failure $background.Failure
    Write-Error @failure
}

Export-ModuleMember -Function Get-MsiWatchStatus, Wait-MsiWatch, Watch-MsiWatch, Get-MsiWatchHistory, Get-MsiWatchTurn, Invoke-MsiWatch
