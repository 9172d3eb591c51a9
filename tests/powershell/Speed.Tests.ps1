# What 10,000 events cost. Natively only: the journal is made by journal-fill.
BeforeAll {
    . (Join-Path $PSScriptRoot 'World.ps1')
    if (-not $onWindows) {
        New-World
        Stop-World
        $data = Join-Path $world.Folder 'data'
        Remove-Item -Recurse -Force $data
        $null = New-Item -ItemType Directory $data
        & /bin/chmod 700 $data
        $begin = [DateTimeOffset]::UtcNow.AddDays(-1).ToUnixTimeMilliseconds()
        $members = '"kind":"transition","from":"idle","to":"busy","reasons":["mutex"],"after_ms":1000',
            '"kind":"transition","from":"busy","to":"idle","reasons":[],"after_ms":1000',
            '"kind":"install","of":1,"install":{"source":"eventlog","product":"Example","version":"1.2.3","package":"example.msi","user":null,"client_pid":977,"started_at":"2026-11-22T10:41:07.100Z","product_code":"{90140000-0011-0000-0000-0000000FF1CE}","trusted":null,"action":"install","result":"success","status":0,"reboot":"none","further":0,"patch_code":null}'
        0..9999 | ForEach-Object { "$($begin + 1000 * $_) $($members[$_ % 3])" } | & (Join-Path $bin 'journal-fill') $data
        Start-World
    }
}

AfterAll { if (-not $onWindows) { Remove-World } }

Describe 'Speed' -Skip:($env:OS -eq 'Windows_NT') {
    # What runs first pays for what PowerShell compiles then. So both run in turn, until that is done: the
    # least of each counts. The processor time of this process is measured, because other programs may run,
    # too. It was 0.9 to 1.1 times as much, and 1.3 to 1.5 times in constrained language mode.
    It 'gets 10,000 events in at most twice what msiwatch history --json | ConvertFrom-Json takes: <_>' -ForEach 'FullLanguage', 'ConstrainedLanguage' {
        $session = [Management.Automation.Runspaces.InitialSessionState]::CreateDefault()
        $session.LanguageMode = $_
        $shell = [PowerShell]::Create($session)
        $me = [Diagnostics.Process]::GetCurrentProcess()
        function Invoke-There([string]$Script) {
            $shell.Commands.Clear()
            $shell.AddScript($Script).Invoke()
            if ($shell.HadErrors) { throw $shell.Streams.Error[0] }
        }
        function Measure-Cpu([string]$Script) {
            [GC]::Collect()
            $me.Refresh()
            $before = $me.TotalProcessorTime
            Invoke-There "`$null = $Script"
            $me.Refresh()
            ($me.TotalProcessorTime - $before).TotalMilliseconds
        }
        Invoke-There "Import-Module '$env:MSIWATCH_TEST_MODULE'; `$ExecutionContext.SessionState.LanguageMode" | Should -Be $_
        Invoke-There '@(Get-MsiWatchHistory -Newest 10000).Count' | Should -Be 10000
        $module = $cli = [double]::MaxValue
        for ($i = 0; $i -lt 3 -or ($i -lt 15 -and $module -gt 1.6 * $cli); $i++) {
            $module = [Math]::Min($module, (Measure-Cpu 'Get-MsiWatchHistory -Newest 10000'))
            $cli = [Math]::Min($cli, (Measure-Cpu "& '$msiwatch' history --json --limit 10000 | ConvertFrom-Json"))
        }
        Write-Host ('{0:n0} ms; msiwatch | ConvertFrom-Json {1:n0} ms' -f $module, $cli)
        $shell.Dispose()
        $module | Should -BeLessOrEqual (2 * $cli)
    }
}
