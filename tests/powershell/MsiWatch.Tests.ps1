# Each command of the module MsiWatch, with good and bad input, with and without a service.
# Windows PowerShell 5.1 and 7, on Windows and natively (World.ps1).
BeforeDiscovery {
    $bin = $env:MSIWATCH_TEST_BIN
    $name = if ($env:OS -eq 'Windows_NT') { 'msiwatch.exe' } else { 'msiwatch' }
    $hasTurns = "$(& (Join-Path $bin $name) --help)" -match '\bturn\b'
    $native = $env:OS -ne 'Windows_NT'
    # 7.0 to 7.4 make times of text, whoever asks.
    $leavesText = $PSVersionTable.PSVersion.Major -lt 6 -or (Get-Command ConvertFrom-Json).Parameters.Keys -contains 'DateKind'
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'World.ps1')
    New-World
    Import-TestModule
    Wait-State idle
}

AfterAll { Remove-World }

Describe 'The module' {
    It 'exports its commands and nothing else' {
        $module = Get-Module MsiWatch
        $module.ExportedFunctions.Keys | Sort-Object | Should -Be @(
            'Get-MsiWatchHistory', 'Get-MsiWatchStatus', 'Get-MsiWatchTurn',
            'Invoke-MsiWatch', 'Wait-MsiWatch', 'Watch-MsiWatch')
        $module.ExportedVariables.Count + $module.ExportedAliases.Count + $module.ExportedCmdlets.Count | Should -Be 0
    }
    It 'has a valid manifest' {
        (Test-ModuleManifest (Join-Path (Get-Module MsiWatch).ModuleBase 'MsiWatch.psd1')).Version | Should -Be (Get-Module MsiWatch).Version
    }
    It 'has the version of the programs' {
        "$(& $msiwatch --version)" | Should -Match ([regex]::Escape("$((Get-Module MsiWatch).Version)"))
    }
    It 'does not look for msiwatch in PATH' {
        $elsewhere = Join-Path $world.Folder 'Alone'
        Copy-Item -Recurse (Get-Module MsiWatch).ModuleBase (Join-Path $elsewhere 'MsiWatch')
        $before = $env:PATH, $env:ProgramW6432
        try {
            $env:PATH = $bin + [IO.Path]::PathSeparator + $env:PATH
            $env:ProgramW6432 = $elsewhere
            $said = Invoke-Worker @"
Import-Module '$(Join-Path $elsewhere 'MsiWatch')'
Get-MsiWatchStatus -ErrorVariable e -ErrorAction SilentlyContinue
`$e[0].FullyQualifiedErrorId
"@
        } finally { $env:PATH, $env:ProgramW6432 = $before }
        $said.Trim() | Should -Be 'ProgramNotFound,Get-MsiWatchStatus'
    }
}

Describe 'Get-MsiWatchStatus' {
    It 'says idle' {
        $status = Get-MsiWatchStatus
        $status.State | Should -BeExactly 'idle'
        $status.Since | Should -BeOfType DateTime
        $status.Since.Kind | Should -Be Local
        ((Get-Date) - $status.SampledAt).TotalMinutes | Should -BeLessThan 5
        $status.PSTypeNames[0] | Should -BeExactly 'MsiWatch/Status'
        @($status.Reasons).Count | Should -Be 0
    }
    It 'says busy, and by what, which is no error' {
        $Error.Clear()
        Set-Busy $true
        Wait-State busy
        try { $status = Get-MsiWatchStatus } finally { Set-Busy $false }
        Wait-State idle
        $status.State | Should -BeExactly 'busy'
        $status.Reasons | Should -Be 'mutex'
        $status.Mutex.State | Should -Be 'held'
        $Error.Count | Should -Be 0
    }
    It 'leaves $LASTEXITCODE as it is' {
        $global:LASTEXITCODE = 77
        $null = Get-MsiWatchStatus
        $null = Get-MsiWatchStatus -Pipe no-such-pipe -ErrorAction SilentlyContinue
        $LASTEXITCODE | Should -Be 77
    }
    It 'is an error where nothing answers' {
        $status = Get-MsiWatchStatus -Pipe no-such-pipe -ErrorAction SilentlyContinue -ErrorVariable failed
        $status | Should -BeNullOrEmpty
        $failed.Count | Should -Be 1
        $failed[0].FullyQualifiedErrorId | Should -Be 'ServiceNotRunning,Get-MsiWatchStatus'
        $failed[0].CategoryInfo.Category | Should -Be ResourceUnavailable
        $failed[0].CategoryInfo.Activity | Should -Be 'Get-MsiWatchStatus'
        $failed[0].TargetObject.Code | Should -Be 1062
        "$($failed[0])" | Should -Match 'not running'
    }
    It 'stops with -ErrorAction Stop, also under that preference' {
        { Get-MsiWatchStatus -Pipe no-such-pipe -ErrorAction Stop } | Should -Throw -ErrorId 'ServiceNotRunning,Get-MsiWatchStatus'
        & {
            $ErrorActionPreference = 'Stop'
            { Get-MsiWatchStatus -Pipe no-such-pipe } | Should -Throw -ErrorId 'ServiceNotRunning,Get-MsiWatchStatus'
            (Get-MsiWatchStatus).State | Should -Be idle
        }
    }
    It 'works in strict mode, and where programs that fail are errors' {
        & {
            Set-StrictMode -Version Latest
            $PSNativeCommandUseErrorActionPreference = $true
            $ErrorActionPreference = 'Stop'
            (Get-MsiWatchStatus).State | Should -Be idle
            { Wait-MsiWatch -For busy -Timeout 0 } | Should -Throw -ErrorId 'TimedOut,Wait-MsiWatch'
        }
    }
    It 'takes no pipe without a name' {
        { Get-MsiWatchStatus -Pipe '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError,Get-MsiWatchStatus'
    }
    It 'fits 80 columns' {
        $lines = (Get-MsiWatchStatus | Out-String -Width 80) -split '\r?\n'
        ($lines | Where-Object { $_.Length -gt 80 }) | Should -BeNullOrEmpty
        $lines -match '^State +: idle$' | Should -Not -BeNullOrEmpty
    }
}

Describe 'Wait-MsiWatch' {
    It 'has the status, and how long it waited' {
        $status = Wait-MsiWatch -Settle 100ms -Timeout 20
        $status.State | Should -Be idle
        $status.Waited | Should -BeOfType TimeSpan
        $status.PSTypeNames[0] | Should -BeExactly 'MsiWatch/Status'
    }
    BeforeEach {
        Set-Busy $false
        Wait-State idle
    }
    It 'waits until it is idle' {
        Set-Busy $true
        Wait-State busy
        $worker = Start-Worker "Import-Module '$env:MSIWATCH_TEST_MODULE'; (Wait-MsiWatch -Timeout 60 -WarningAction SilentlyContinue).State"
        Wait-Until { (& $msiwatch metrics --json | ConvertFrom-Json).waits -ge 1 } 'its wait'
        $worker.Run.IsCompleted | Should -BeFalse
        Set-Busy $false
        Read-Worker $worker | Should -Be idle
        Wait-Worker $worker | Should -BeTrue
        Wait-State idle
    }
    It 'ends with an error when time is up: <Name>' -TestCases @(
        @{ Name = 'a TimeSpan'; Value = [TimeSpan]::FromMilliseconds(200) }
        @{ Name = 'seconds'; Value = 0.2 }
        @{ Name = 'text'; Value = '200ms' }
        @{ Name = 'the text of a TimeSpan'; Value = '00:00:00.2' }
        @{ Name = 'nothing'; Value = 0 }
    ) {
        $begin = Get-Date
        $status = Wait-MsiWatch -For busy -Timeout $Value -ErrorAction SilentlyContinue -ErrorVariable late
        ((Get-Date) - $begin).TotalSeconds | Should -BeLessThan 20
        $status | Should -BeNullOrEmpty
        $late[0].FullyQualifiedErrorId | Should -Be 'TimedOut,Wait-MsiWatch'
        $late[0].TargetObject.State | Should -Be idle
        $late[0].TargetObject.PSTypeNames[0] | Should -BeExactly 'MsiWatch/Status'
    }
    It 'says that it is busy' {
        Set-Busy $true
        Wait-State busy
        try { Wait-MsiWatch -Timeout 0.1 -ErrorAction SilentlyContinue -ErrorVariable late } finally { Set-Busy $false }
        Wait-State idle
        $late[0].FullyQualifiedErrorId | Should -Be 'Busy,Wait-MsiWatch'
        $late[0].CategoryInfo.Category | Should -Be OperationTimeout
        $late[0].TargetObject.Reasons | Should -Be mutex
    }
    It 'refuses <Name>' -TestCases @(
        @{ Name = 'a state that is none'; Arguments = @{ For = 'unknown' }; Id = 'ParameterArgumentValidationError,Wait-MsiWatch' }
        @{ Name = 'a time that is none'; Arguments = @{ Timeout = 'soon' }; Id = 'InvalidArgument,Wait-MsiWatch' }
        @{ Name = 'a time before now'; Arguments = @{ Timeout = [TimeSpan]::FromSeconds(-1) }; Id = 'InvalidArgument,Wait-MsiWatch' }
        @{ Name = 'no settle time'; Arguments = @{ Settle = '' }; Id = 'ParameterArgumentValidationError,Wait-MsiWatch' }
    ) {
        { Wait-MsiWatch @Arguments -ErrorAction Stop } | Should -Throw -ErrorId $Id
    }
    It 'is an error where nothing answers' {
        { Wait-MsiWatch -Pipe no-such-pipe -ErrorAction Stop } | Should -Throw -ErrorId 'ServiceNotRunning,Wait-MsiWatch'
    }
    It 'goes on after a restart of the service' {
        Set-Busy $true
        Wait-State busy
        $worker = Start-Worker "Import-Module '$env:MSIWATCH_TEST_MODULE'; (Wait-MsiWatch -Timeout 60 -WarningAction SilentlyContinue).State"
        Wait-Until { (& $msiwatch metrics --json | ConvertFrom-Json).waits -ge 1 } 'its wait'
        Stop-World
        Start-World
        Set-Busy $true
        Start-Sleep -Milliseconds 300
        Set-Busy $false
        Read-Worker $worker | Should -Be idle
        Wait-Worker $worker | Should -BeTrue
        Wait-State idle
    }
    It 'ends with the service, if that is asked for' {
        $worker = Start-Worker "Import-Module '$env:MSIWATCH_TEST_MODULE'; Wait-MsiWatch -For busy -Timeout 60 -NoReconnect -ErrorAction SilentlyContinue -ErrorVariable e; `$e[0].FullyQualifiedErrorId"
        Wait-Until { (& $msiwatch metrics --json | ConvertFrom-Json).waits -ge 1 } 'its wait'
        Stop-World
        Read-Worker $worker | Should -Be 'ServiceNotRunning,Wait-MsiWatch'
        Wait-Worker $worker | Should -BeTrue
        Start-World
        Wait-State idle
    }
}

Describe 'Watch-MsiWatch' {
    BeforeEach {
        Set-Busy $false
        Wait-State idle
    }
    BeforeAll {
        function Start-Watch([string]$Rest) {
            Start-Worker "Import-Module '$env:MSIWATCH_TEST_MODULE'; Watch-MsiWatch -WarningAction SilentlyContinue $Rest"
            Wait-Until { (& $msiwatch metrics --json 2>$null | ConvertFrom-Json).subscriptions -ge 1 } 'its subscription'
        }
    }
    It 'puts out each event as it happens, and ends with Select-Object -First' {
        $worker = Start-Watch '| Select-Object -First 2 | ForEach-Object { "$($_.From) $($_.To) $($_.Time.Kind) $($_.PSTypeNames -contains ""MsiWatch/Event"")" }'
        Set-Busy $true
        Read-Worker $worker | Should -Be 'idle busy Local True'
        Set-Busy $false
        Read-Worker $worker | Should -Be 'busy idle Local True'
        Wait-Worker $worker | Should -BeTrue
        Wait-Until { (& $msiwatch metrics --json | ConvertFrom-Json).subscriptions -eq 0 } 'the end of its subscription'
    }
    It 'goes on where it was after a restart, without a gap' {
        $worker = Start-Watch '| Select-Object -First 4 | ForEach-Object { "$($_.From) $($_.To)" }'
        Set-Busy $true
        Read-Worker $worker | Should -Be 'idle busy'
        Set-Busy $false
        Read-Worker $worker | Should -Be 'busy idle'
        Stop-World
        Start-World
        Read-Worker $worker | Should -Be 'idle unknown'
        Read-Worker $worker | Should -Be 'unknown idle'
        Wait-Worker $worker | Should -BeTrue
    }
    It 'ends at the first idle' {
        @(Watch-MsiWatch -UntilIdle).Count | Should -Be 0
    }
    It 'begins after the event that it is given' {
        $last = @(Get-MsiWatchHistory -Newest 3)
        $events = @(Watch-MsiWatch -After $last[0].Seq | Select-Object -First 2)
        $events.Seq | Should -Be $last[1..2].Seq
    }
    It 'warns of another journal' {
        $events = @(Watch-MsiWatch -After 5 -Journal '6f1c2a52-3c0e-4b7e-9d55-0c1d2e3f4a5b' -WarningVariable warned -WarningAction SilentlyContinue | Select-Object -First 1)
        $events[0].Seq | Should -Be 1
        "$warned" | Should -Match 'new journal begins'
    }
    It 'refuses <Name>' -TestCases @(
        @{ Name = 'a number below 0'; Arguments = @{ After = -1 }; Id = 'ParameterArgumentValidationError,Watch-MsiWatch' }
        @{ Name = 'an event that was not'; Arguments = @{ After = 99999999 }; Id = 'InvalidArgument,Watch-MsiWatch' }
        @{ Name = 'a journal without a number'; Arguments = @{ Journal = 'x' }; Id = 'InvalidArgument,Watch-MsiWatch' }
    ) {
        { Watch-MsiWatch @Arguments -ErrorAction Stop } | Should -Throw -ErrorId $Id
    }
    It 'is an error where nothing answers' {
        { Watch-MsiWatch -Pipe no-such-pipe -ErrorAction Stop } | Should -Throw -ErrorId 'ServiceNotRunning,Watch-MsiWatch'
    }
}

Describe 'Get-MsiWatchHistory' {
    BeforeAll {
        $before = Get-Date
        1..3 | ForEach-Object {
            Set-Busy $true
            Wait-State busy
            Set-Busy $false
            Wait-State idle
        }
        Wait-Until { @(Get-MsiWatchHistory -Since $before).Count -eq 6 } 'six events'
    }
    It 'has what happened, oldest first' {
        $events = @(Get-MsiWatchHistory -Since $before)
        $events.To | Should -Be busy, idle, busy, idle, busy, idle
        $events[0].Time | Should -BeOfType DateTime
        $events[0].Time | Should -BeGreaterOrEqual $before.AddMilliseconds(-1)
        $events[1].Lasted | Should -BeOfType TimeSpan
        $events[1].PSTypeNames[0] | Should -BeExactly 'MsiWatch/Event'
        (($events.Seq | Sort-Object) -join ' ') | Should -Be ($events.Seq -join ' ')
    }
    It 'has times and durations in each kind of event' {
        $events = & (Get-Module MsiWatch) {
            ConvertFrom-EventLine '[{"Kind":"activity","Time":"2026-11-22T10:52:20.000+00:00","LastAt":"2026-11-22T10:47:20.000+00:00","Still":3000000000},{"Kind":"install","Time":"2026-11-22T10:42:19.600+00:00","Install":{"StartedAt":"2026-11-22T10:41:07.100+00:00"}},{"Kind":"install","Time":"2026-11-22T10:42:19.600+00:00","Install":{"StartedAt":null}},{"Kind":"turn","Time":"2026-11-22T10:44:01.000+00:00","Turn":{"Since":"2026-11-22T10:42:19.400+00:00","Held":1016000000,"Waited":722770000}},{"Kind":"transition","Time":"2026-11-22T10:44:01.000+00:00","Lasted":null}]'
        }
        ($events.Time + $events.LastAt + $events.Install.StartedAt + $events.Turn.Since | Where-Object { $_ }).Kind | Should -Be (@('Local') * 8)
        $events[0].LastAt.ToUniversalTime().ToString('s') | Should -Be '2026-11-22T10:47:20'
        $events[0].Still.TotalMinutes | Should -Be 5
        $events[3].Turn.Held.TotalSeconds | Should -Be 101.6
        $events[3].Turn.Waited.TotalSeconds | Should -Be 72.277
        $events[2].Install.StartedAt | Should -BeNullOrEmpty
        $events[4].Lasted | Should -BeNullOrEmpty
    }
    It 'has the newest, also of a time' {
        $events = @(Get-MsiWatchHistory -Since $before)
        (Get-MsiWatchHistory -Newest 2).Seq | Should -Be $events[4..5].Seq
        (Get-MsiWatchHistory -Newest 2 -Until $events[4].Time.AddTicks(-1)).Seq -join ' ' | Should -Be ($events[2..3].Seq -join ' ')
        @(Get-MsiWatchHistory -Newest 1).Count | Should -Be 1
    }
    It 'takes a time as <Name>' -TestCases @(
        @{ Name = 'a TimeSpan'; Value = [TimeSpan]::FromMinutes(5) }
        @{ Name = 'text'; Value = '5m' }
        @{ Name = 'a number of days'; Value = 7d }
        @{ Name = 'a DateTime in UTC'; Value = [DateTime]::UtcNow.AddMinutes(-5) }
    ) {
        @(Get-MsiWatchHistory -Since $Value).Count | Should -BeGreaterOrEqual 6
    }
    It 'takes 7d, which is a number to PowerShell, for 7 days, also as a duration' {
        & (Get-Module MsiWatch) { ConvertTo-WhenText 7d; ConvertTo-TimeText 1.5d } | Should -Be '604800000ms', '129600000ms'
    }
    It 'has nothing of a time without events' {
        @(Get-MsiWatchHistory -Since 2001-01-01 -Until 2001-01-02).Count | Should -Be 0
    }
    It 'refuses <Name>' -TestCases @(
        @{ Name = 'a time that is none'; Arguments = @{ Since = 'soon' }; Id = 'InvalidArgument,Get-MsiWatchHistory' }
        @{ Name = 'none at all'; Arguments = @{ Newest = 0 }; Id = 'ParameterArgumentValidationError,Get-MsiWatchHistory' }
        @{ Name = 'no time'; Arguments = @{ Until = '' }; Id = 'ParameterArgumentValidationError,Get-MsiWatchHistory' }
    ) {
        { Get-MsiWatchHistory @Arguments -ErrorAction Stop } | Should -Throw -ErrorId $Id
    }
    It 'is an error where nothing answers' {
        { Get-MsiWatchHistory -Pipe no-such-pipe -ErrorAction Stop } | Should -Throw -ErrorId 'ServiceNotRunning,Get-MsiWatchHistory'
    }
    It 'does not depend on the culture' {
        $culture = [Threading.Thread]::CurrentThread.CurrentCulture
        try {
            foreach ($name in 'fi-FI', 'th-TH', 'ar-SA', 'de-DE') {
                [Threading.Thread]::CurrentThread.CurrentCulture = $name
                @(Get-MsiWatchHistory -Since $before).Count | Should -Be 6 -Because $name
                (Wait-MsiWatch -Timeout 1.5).State | Should -Be idle -Because $name
            }
        } finally { [Threading.Thread]::CurrentThread.CurrentCulture = $culture }
    }
    It 'fits 80 columns' {
        $lines = (Get-MsiWatchHistory -Newest 4 | Out-String -Width 80) -split '\r?\n'
        ($lines | Where-Object { $_.Length -gt 80 }) | Should -BeNullOrEmpty
        "$lines" | Should -Match 'busy to idle'
    }
}

Describe 'Invoke-MsiWatch and Get-MsiWatchTurn' {
    BeforeAll {
        # Exits with a code, and writes down the text of its arguments.
        $probe = Join-Path $world.Folder 'probe'
        if ($onWindows) {
            $probe += '.cmd'
            Set-Content $probe "@echo %*> ""$($world.Folder)\said""`r`n@exit %1"
        } else {
            Set-Content $probe "#!/bin/sh`nprintf '%s|' ""`$@"" > '$($world.Folder)/said'`nwhile [ ""`$1"" = wait ] && [ ! -e '$($world.Folder)/go' ]; do sleep 0.02; done`nexit `$1"
            & /bin/chmod +x $probe
        }
        $said = Join-Path $world.Folder 'said'
        $go = Join-Path $world.Folder 'go'
        # The event of a turn that has ended: the journal has it a moment later.
        function Get-TurnEvent([string]$Label) {
            Wait-Until { (Get-MsiWatchHistory -Newest 1).Turn.Label -eq $Label } "the event of the turn $Label"
            Get-MsiWatchHistory -Newest 1
        }
    }
    BeforeEach {
        Set-Busy $false
        Wait-State idle
        Remove-Item $said, $go -ErrorAction SilentlyContinue
    }
    It 'has the exit code <Code>' -TestCases @(
        @{ Code = 0; Succeeded = $true; Restart = $false }
        @{ Code = 7; Succeeded = $false; Restart = $false }
        @{ Code = 2; Succeeded = $false; Restart = $false } # also a code of msiwatch run's own
    ) {
        $result = Invoke-MsiWatch $probe "$Code" -Settle 0 -ErrorVariable failed
        $result.ExitCode | Should -Be $Code
        $result.Succeeded | Should -Be $Succeeded
        $result.RestartRequired | Should -Be $Restart
        $result.FilePath | Should -Be $probe
        $result.PSTypeNames[0] | Should -BeExactly 'MsiWatch/Result'
        $failed.Count | Should -Be 0
    }
    It 'gives the arguments on' {
        $null = Invoke-MsiWatch $probe '0 PROP="a b" EMPTY="" %x%' -Settle 0 -Label 'a "quoted" label\' -Why 'x'
        $want = if ($onWindows) { '0 PROP="a b" EMPTY="" %x%' } else { '0|PROP=a b|EMPTY=|%x%|' }
        "$(Get-Content $said)" | Should -Be $want
    }
    It 'has a label that others see' -Skip:(-not $native) {
        $worker = Start-Worker "Import-Module '$env:MSIWATCH_TEST_MODULE'; Invoke-MsiWatch '$probe' wait -Settle 0 -Label 'a ""quoted"" label\' -Class Background -Why why"
        Wait-Until { @(Get-MsiWatchTurn).Count -eq 1 } 'a turn'
        $turn = Get-MsiWatchTurn
        $turn.Label | Should -Be 'a "quoted" label\'
        $turn.Class | Should -Be background
        $turn.Why | Should -Be why
        $turn.Since.Kind | Should -Be Local
        Set-Content $go x
        Wait-Worker $worker | Should -BeTrue
    }
    It 'waits for its turn' {
        Set-Busy $true
        Wait-State busy
        $worker = Start-Worker "Import-Module '$env:MSIWATCH_TEST_MODULE'; (Invoke-MsiWatch '$probe' 0 -Settle 0).ExitCode"
        Wait-Until { @(Get-MsiWatchTurn).Count -eq 1 } 'its place'
        (Get-MsiWatchTurn).Position | Should -Be 1
        Test-Path $said | Should -BeFalse
        Set-Busy $false
        Read-Worker $worker | Should -Be 0
        Wait-Worker $worker | Should -BeTrue
    }
    It 'starts nothing when time is up' {
        Set-Busy $true
        Wait-State busy
        { Invoke-MsiWatch $probe 0 -Timeout 0.2 -ErrorAction Stop } | Should -Throw -ErrorId 'Busy,Invoke-MsiWatch'
        { Invoke-MsiWatch { Set-Content $said x } -Timeout 0.2 -ErrorAction Stop } | Should -Throw -ErrorId 'Busy,Invoke-MsiWatch'
        Test-Path $said | Should -BeFalse
        @(Get-MsiWatchTurn).Count | Should -Be 0
    }
    It 'holds the turn while a script block runs, in which others pass through' {
        $found = Invoke-MsiWatch -Settle 0 -Label here {
            Get-MsiWatchTurn
            (Invoke-MsiWatch $probe 5 -Settle 0).ExitCode
        }
        $found[0].Position | Should -Be 0
        $found[0].Label | Should -Be here
        $found[0].ProcessId | Should -Be $PID
        $found[1] | Should -Be 5
        $env:MSIWATCH_TURN | Should -BeNullOrEmpty
        @(Get-MsiWatchTurn).Count | Should -Be 0
        (Get-TurnEvent here).Turn.Ended | Should -Be released
    }
    It 'leaves a label that looks like a time as it is' -Skip:(-not $leavesText) {
        $queue = Invoke-MsiWatch { Get-MsiWatchTurn } -Settle 0 -Label 2026-11-22T10:41:07Z
        $ended = Get-TurnEvent 2026-11-22T10:41:07Z
        foreach ($turn in $queue, $ended.Turn) {
            $turn.Label -is [string] | Should -BeTrue
            $turn.Label | Should -BeExactly '2026-11-22T10:41:07Z'
            $turn.Since.Kind | Should -Be Local
        }
        $ended.Time.Kind | Should -Be Local
    }
    It 'releases the turn when the script block fails' {
        { Invoke-MsiWatch { throw 'no' } -Settle 0 -Label fails } | Should -Throw no
        @(Get-MsiWatchTurn).Count | Should -Be 0
        (Get-TurnEvent fails).Turn.Ended | Should -Be released
    }
    It 'releases the turn when PowerShell is killed' {
        $child = Start-Child "Import-Module '$env:MSIWATCH_TEST_MODULE'; Invoke-MsiWatch { `$PID; Start-Sleep 600 } -Settle 0 -Label killed"
        $shellPid = [int](Read-Child $child)
        $shellPid | Should -Be $child.Id
        @(Get-MsiWatchTurn).Count | Should -Be 1
        Stop-Process -Id $shellPid -Force
        Wait-Until { @(Get-MsiWatchTurn).Count -eq 0 } 'its release'
        (Get-TurnEvent killed).Turn.Ended | Should -Be gone
    }
    It 'takes no turn while the state is unknown, if that is asked for' -Skip:(-not $native) {
        Invoke-MsiWatch { 'known' } -RequireKnown -Settle 0 | Should -Be known
        (Invoke-MsiWatch $probe 5 -RequireKnown -Settle 0).ExitCode | Should -Be 5
        Send-Sim 'mutex denied'
        Wait-State unknown
        Send-Sim 'suspend 61000' # a minute of it, and a second
        { Invoke-MsiWatch { Set-Content $said x } -RequireKnown -ErrorAction Stop } | Should -Throw -ErrorId 'Unknown,Invoke-MsiWatch'
        Remove-Item $said
        { Invoke-MsiWatch $probe 5 -RequireKnown -ErrorAction Stop } | Should -Throw -ErrorId 'Unknown,Invoke-MsiWatch'
        Test-Path $said | Should -BeFalse
    }
    It 'warns when the turn was lost while the script block ran' {
        $found = Invoke-MsiWatch -Settle 0 -WarningVariable warned -WarningAction SilentlyContinue -ErrorVariable failed {
            & $msiwatch turn revoke | Out-Null
            Start-Sleep 1
            'done'
        }
        $found | Should -Be done
        $failed.Count | Should -Be 0
        "$warned" | Should -Match 'ended before the script block did.*the service ended the turn \(revoked\)'
        $null = Invoke-MsiWatch { 1 } -Settle 0 -WarningVariable warned
        $warned.Count | Should -Be 0
    }
    It 'takes only what msiwatch says for its own failure' -Skip:(-not $native) {
        $noisy = Join-Path $world.Folder 'noisy'
        Set-Content $noisy "#!/bin/sh`necho '{""error"":{""code"":5,""message"":""denied""}}' >&2`necho 'run: no' >&2`nexit 7"
        & /bin/chmod +x $noisy
        $result = Invoke-MsiWatch $noisy -Settle 0 -ErrorVariable failed -WarningVariable warned -WarningAction SilentlyContinue
        $failed.Count | Should -Be 0
        $result.ExitCode | Should -Be 7
        $warned | Should -Be '{"error":{"code":5,"message":"denied"}}', 'run: no'
    }
    It 'leaves no files behind' {
        $before = @(Get-ChildItem ([IO.Path]::GetTempPath()) -File).Count
        $null = Invoke-MsiWatch $probe 0 -Settle 0
        $null = Invoke-MsiWatch { 1 } -Settle 0
        @(Get-ChildItem ([IO.Path]::GetTempPath()) -File).Count | Should -Be $before
    }
    It 'does nothing with -WhatIf' {
        Invoke-MsiWatch $probe 0 -WhatIf
        Invoke-MsiWatch { Set-Content $said x } -WhatIf
        Test-Path $said | Should -BeFalse
    }
    It 'refuses <Name>' -TestCases @(
        @{ Name = 'a class that is none'; Arguments = @{ FilePath = 'x'; Class = 'first' }; Id = 'ParameterArgumentValidationError,Invoke-MsiWatch' }
        @{ Name = 'no file'; Arguments = @{ FilePath = '' }; Id = 'ParameterArgumentValidationError,Invoke-MsiWatch' }
        @{ Name = 'a time that is none'; Arguments = @{ FilePath = 'x'; Settle = 'soon' }; Id = 'InvalidArgument,Invoke-MsiWatch' }
        @{ Name = 'a program that is none'; Arguments = @{ FilePath = 'no-such-program'; Settle = 0 }; Id = 'ProgramNotFound,Invoke-MsiWatch' }
        @{ Name = 'a file and a script block'; Arguments = @{ FilePath = 'x'; ScriptBlock = { } }; Id = 'AmbiguousParameterSet,Invoke-MsiWatch' }
    ) {
        { Invoke-MsiWatch @Arguments -ErrorAction Stop } | Should -Throw -ErrorId $Id
    }
    It 'starts without a service, and says so; or not, if that is asked for' {
        (Invoke-MsiWatch $probe 6 -Pipe no-such-pipe -WarningVariable warned -WarningAction SilentlyContinue).ExitCode | Should -Be 6
        "$warned" | Should -Match 'service'
        { Invoke-MsiWatch $probe 6 -Pipe no-such-pipe -RequireService -ErrorAction Stop } | Should -Throw -ErrorId 'ServiceNotRunning,Invoke-MsiWatch'
        { Invoke-MsiWatch { 1 } -Pipe no-such-pipe -ErrorAction Stop } | Should -Throw -ErrorId 'ServiceNotRunning,Invoke-MsiWatch'
        { Get-MsiWatchTurn -Pipe no-such-pipe -ErrorAction Stop } | Should -Throw -ErrorId 'ServiceNotRunning,Get-MsiWatchTurn'
    }
    It 'lets the program go on when the service stops' -Skip:(-not $native) {
        $worker = Start-Worker "Import-Module '$env:MSIWATCH_TEST_MODULE'; (Invoke-MsiWatch '$probe' wait -Settle 0 -WarningAction SilentlyContinue).ExitCode"
        Wait-Until { Test-Path $said } 'its start'
        Stop-World
        Start-World
        $worker.Run.IsCompleted | Should -BeFalse
        Set-Content $go x
        Read-Worker $worker | Should -Be 2 # sh: exit wait
        Wait-Worker $worker | Should -BeTrue
        Wait-State idle
    }
    It 'has an empty queue, and one of many' {
        @(Get-MsiWatchTurn).Count | Should -Be 0
        $children = 1..3 | ForEach-Object {
            $start = New-Object Diagnostics.ProcessStartInfo $msiwatch, "turn hold --label ""number $_"""
            $start.RedirectStandardOutput = $true
            $start.UseShellExecute = $false
            [Diagnostics.Process]::Start($start)
        }
        try {
            Wait-Until { @(Get-MsiWatchTurn).Count -eq 3 } 'three of them'
            $turns = @(Get-MsiWatchTurn)
            $turns.Position | Should -Be 0, 1, 2
            $lines = ($turns | Out-String -Width 80) -split '\r?\n'
            ($lines | Where-Object { $_.Length -gt 80 }) | Should -BeNullOrEmpty
            "$lines" | Should -Match 'number 3'
        } finally { $children | ForEach-Object { $_.Kill() } }
        Wait-Until { @(Get-MsiWatchTurn).Count -eq 0 } 'their end'
    }
}

Describe 'Completion' {
    It 'completes <Line>' -TestCases @(
        @{ Line = 'Wait-MsiWatch -For '; Word = 'busy' }
        @{ Line = 'Wait-MsiWatch -Timeout 1'; Word = '10m' }
        @{ Line = 'Get-MsiWatchHistory -Since '; Word = '7d' }
        @{ Line = 'Invoke-MsiWatch -Class B'; Word = 'Background' }
        @{ Line = 'Get-MsiWatchS'; Word = 'Get-MsiWatchStatus' }
    ) {
        (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText | Should -Contain $Word
    }
}

Describe 'Constrained language mode' {
    It 'does all of it' {
        $before = @(Get-MsiWatchHistory -Newest 1)[0].Seq
        $child = Start-Child @"
`$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
Import-Module '$env:MSIWATCH_TEST_MODULE'
`$refused = `$false
try { `$null = [Math]::Sqrt(4) } catch { `$refused = `$true }
`$status = Get-MsiWatchStatus
`$waited = Wait-MsiWatch -Settle 0.05 -Timeout 30s
Wait-MsiWatch -For busy -Timeout 0 -ErrorAction SilentlyContinue -ErrorVariable late
`$events = @(Get-MsiWatchHistory -Newest 100)
`$first = Watch-MsiWatch -After 0 | Select-Object -First 1
`$what = Invoke-MsiWatch nothing.exe /S -WhatIf 6>&1
`$formatted = `$status, `$events[0] | Out-String -Width 80
@{
    mode = "`$(`$ExecutionContext.SessionState.LanguageMode)"; refused = `$refused
    state = `$status.State; type = `$status.PSTypeNames[0]; since = "`$(`$status.Since.Kind)"
    waited = `$waited.State; late = `$late[0].FullyQualifiedErrorId; seen = `$late[0].TargetObject.State
    last = `$events[-1].Seq; first = `$first.Seq; whatif = "`$what"; formatted = `$formatted.Length
    errors = @(`$Error | Where-Object { `$_.FullyQualifiedErrorId -notmatch 'TimedOut' -and "`$_" -notmatch 'Sqrt|still not busy|language mode' } | ForEach-Object { "`$_" })
} | ConvertTo-Json
"@
        $said = $child.StandardOutput.ReadToEnd() | ConvertFrom-Json
        $child.WaitForExit()
        $said.mode | Should -Be 'ConstrainedLanguage'
        $said.refused | Should -BeTrue
        $said.state | Should -Be 'idle'
        $said.type | Should -Be 'MsiWatch/Status'
        $said.since | Should -Be 'Local'
        $said.waited | Should -Be 'idle'
        $said.late | Should -Be 'TimedOut,Wait-MsiWatch'
        $said.seen | Should -Be 'idle'
        $said.last | Should -BeGreaterOrEqual $before
        $said.first | Should -Be 1
        $said.whatif | Should -Match 'What if'
        $said.formatted | Should -BeGreaterThan 100
        $said.errors | Should -BeNullOrEmpty
    }
}
