# installer/recipes: the scripts run against a service that is busy, idle or not there; the events that
# the files name are those of the service. Natively; on Windows, Task Scheduler takes the task.
BeforeAll {
    . (Join-Path $PSScriptRoot 'World.ps1')
    New-World
    $recipes = Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'installer/recipes'
    # As installed: found by its name.
    $before = $env:PSModulePath
    $env:PSModulePath = $withModule = (Split-Path $env:MSIWATCH_TEST_MODULE) + [IO.Path]::PathSeparator + $before

    # Its output, or its exit code (1618 does not fit into a Unix one, so it is asked for inside).
    function Invoke-Recipe([string]$Name, [string]$Arguments) {
        "$(Invoke-Worker "& '$(Join-Path $recipes $Name)' $Arguments")".Trim()
    }
    function Get-Code([string]$Name, [string]$Arguments) {
        (Invoke-Recipe $Name "$Arguments | Out-Null; `$LASTEXITCODE")
    }
}

AfterAll {
    $env:PSModulePath = $before
    Remove-World
}

# The steps for Azure Pipelines and GitHub Actions: their scripts are taken out of the YAML, filled in as
# the two would, and run.
Describe 'The step of <Name>' -Skip:($env:OS -eq 'Windows_NT') -ForEach @(
    @{ Name = 'azure-pipelines-step.yml'; Of = 'parameters'; Code = 0 }
    @{ Name = 'github-actions.yml'; Of = 'inputs'; Code = 5 }
) {
    BeforeAll {
        $text = & python3 -c 'import json, sys, yaml; print(json.dumps(yaml.load(open(sys.argv[1]), yaml.BaseLoader)))' (Join-Path $recipes $Name)
        $yaml = "$text" | ConvertFrom-Json
        $defaults = @{}
        if ($Of -eq 'parameters') {
            $script = $yaml.steps[0].powershell
            $variables = $yaml.steps[0].env
            foreach ($one in $yaml.parameters) { $defaults[$one.name] = $one.default }
        } else {
            $script = $yaml.jobs.install.steps[0].run
            $variables = $yaml.jobs.install.steps[0].env
            foreach ($one in $yaml.on.workflow_call.inputs.PSObject.Properties) { $defaults[$one.Name] = $one.Value.default }
        }
        # What it prints, and then its exit code.
        function Invoke-Step([hashtable]$Given) {
            foreach ($one in $variables.PSObject.Properties) {
                $wanted = [regex]::Match($one.Value, "^\$\{\{ $Of\.(\w+) \}\}$").Groups[1].Value
                $defaults.Keys | Should -Contain $wanted
                Set-Item "Env:$($one.Name)" $(if ($Given.ContainsKey($wanted)) { $Given[$wanted] } else { $defaults[$wanted] })
            }
            # Both begin a script like this, in a program of its own, whose exit code counts.
            $child = Start-Child "`$ErrorActionPreference = 'Stop'`n$script"
            $child.StandardOutput.ReadToEnd()
            $child.WaitForExit()
            $child.ExitCode
        }
    }
    It 'installs with its arguments, and ends with the code' {
        Set-Busy $false
        Wait-State idle
        $said, $ended = Invoke-Step @{ file = '/bin/sh'; arguments = "-c ""exit $Code""" }
        $said | Should -Match "^exit code $Code\s*$"
        $ended | Should -Be $Code
    }
    It 'fails if it is not its turn in time, and starts nothing' {
        Set-Busy $true
        Wait-State busy
        $proof = Join-Path $world.Folder 'started'
        $said, $ended = Invoke-Step @{ file = '/bin/touch'; arguments = $proof; timeout = '300ms' }
        $ended | Should -Be 1
        $said | Should -Not -Match 'exit code'
        Test-Path $proof | Should -BeFalse
    }
}

Describe 'Recipes' -Skip:($env:OS -eq 'Windows_NT') {
    It '<_> says what is' -ForEach 'intune-requirement.ps1', 'configmgr-condition.ps1' {
        Set-Busy $false
        Wait-State idle
        Invoke-Recipe $_ | Should -BeExactly idle
        Set-Busy $true
        Wait-State busy
        Invoke-Recipe $_ | Should -BeExactly busy
    }
    It 'a device that is busy for too long is found, and nothing is ended there' {
        Set-Busy $true
        Wait-State busy
        Get-Code intune-detection.ps1 | Should -Be 0
        # For two hours it cannot be busy here: the same script with less.
        $short = Join-Path $world.Folder 'short.ps1'
        (Get-Content -Raw (Join-Path $recipes 'intune-detection.ps1')) -replace 'New-TimeSpan -Hours 2', 'New-TimeSpan -Seconds 0' | Set-Content $short
        "$(Invoke-Worker "& '$short'; `$LASTEXITCODE")" | Should -Match '^busy since [^ ]+: .*\(pid 4242\)[^\n]*\r?\n1\s*$'
        "$(Invoke-Worker "& '$(Join-Path $recipes 'intune-remediation.ps1')'; `$LASTEXITCODE")" | Should -Match '^busy since .*\n1\s*$'
        Set-Busy $false
        Wait-State idle
        Get-Code intune-detection.ps1 | Should -Be 0
        Get-Code intune-remediation.ps1 | Should -Be 0
    }
    It 'a task sequence waits, or ends with 1618' {
        Set-Busy $false
        Wait-State idle
        Get-Code configmgr-step.ps1 '-Timeout 10s -Settle 100ms' | Should -Be 0
        Set-Busy $true
        Wait-State busy
        Get-Code configmgr-step.ps1 '-Timeout 300ms' | Should -Be 1618
    }
    It 'a task sequence does not take a service or a module that is not there for a collision' {
        Stop-World
        Get-Code configmgr-step.ps1 '-Timeout 300ms' | Should -Be 1062
        Start-World
        $env:PSModulePath = $before
        try {
            Invoke-Worker "try { & '$(Join-Path $recipes 'configmgr-step.ps1')'; 'went on' } catch { 'failed' }" | Should -Match '^failed\s*$'
        } finally { $env:PSModulePath = $withModule }
    }
    It '<Name> of PSAppDeployToolkit asks, and leaves other mutexes to the toolkit' -ForEach @(
        @{ Name = 'Test-IsMutexAvailable'; Time = '-MutexWaitTimeInMilliseconds 300' }
        @{ Name = 'Test-ADTMutexAvailability'; Time = "-MutexWaitTime '00:00:00.3'" }
    ) {
        $ask = "function $Name { param(`$MutexName, `$MutexWaitTime, `$MutexWaitTimeInMilliseconds) ""own `$MutexName"" }
            . '$(Join-Path $recipes 'psappdeploytoolkit.ps1')'; . '$(Join-Path $recipes 'psappdeploytoolkit.ps1')'
            $Name -MutexName 'Global\_MSIExecute' $Time; $Name 'Global\Other'"
        Set-Busy $false
        Wait-State idle
        "$(Invoke-Worker $ask)" | Should -Match '^True\r?\nown Global\\Other\s*$'
        Set-Busy $true
        Wait-State busy
        "$(Invoke-Worker $ask)" | Should -Match '^False\r?\nown Global\\Other\s*$'
        Stop-World
        "$(Invoke-Worker $ask)" | Should -Match '^own Global\\_MSIExecute\r?\nown Global\\Other\s*$'
        Start-World
        $env:PSModulePath = $before
        try {
            "$(Invoke-Worker $ask)" | Should -Match '^own Global\\_MSIExecute\r?\nown Global\\Other\s*$'
        } finally { $env:PSModulePath = $withModule }
    }
    It 'version 4 of PSAppDeployToolkit, a module, asks when it installs' {
        # Its functions are read-only, and it calls them from inside.
        $toolkit = Join-Path $world.Folder 'PSAppDeployToolkit.psm1'
        Set-Content $toolkit @'
function Test-ADTMutexAvailability { [CmdletBinding()] param([string]$MutexName, [TimeSpan]$MutexWaitTime) "own $MutexName" }
function Start-ADTMsiProcess { Test-ADTMutexAvailability -MutexName 'Global\_MSIExecute' -MutexWaitTime '00:00:00.3' }
function Start-Other { Test-ADTMutexAvailability -MutexName 'Global\Other' }
Set-Item function:Test-ADTMutexAvailability -Options ReadOnly
Export-ModuleMember -Function *
'@
        $install = "Import-Module '$toolkit'; . '$(Join-Path $recipes 'psappdeploytoolkit.ps1')'
            Start-ADTMsiProcess; Start-Other; Test-ADTMutexAvailability 'Global\_MSIExecute'"
        Set-Busy $false
        Wait-State idle
        "$(Invoke-Worker $install)" | Should -Match '^True\r?\nown Global\\Other\r?\nTrue\s*$'
        Set-Busy $true
        Wait-State busy
        "$(Invoke-Worker $install)" | Should -Match '^False\r?\nown Global\\Other\r?\nFalse\s*$'
    }
    It '<_> without a service says so' -ForEach 'intune-requirement.ps1', 'intune-detection.ps1', 'configmgr-condition.ps1' {
        Stop-World
        Invoke-Recipe $_ | Should -Match 'no answer|does not answer'
        Start-World
    }
    It 'the task is begun by the event of idle, and by no other' {
        $task = [xml](Get-Content -Raw (Join-Path $recipes 'task-on-event.xml'))
        $path = ([xml]$task.Task.Triggers.EventTrigger.Subscription).QueryList.Query.Select.InnerText
        function Test-Event($Provider, $Id) {
            # The log's queries begin at the event, with its namespace left out.
            $event = [xml]"<Event><System><Provider Name='$Provider'/><EventID>$Id</EventID></System></Event>"
            $null -ne $event.SelectSingleNode($path)
        }
        $messages = Get-Content -Raw (Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'service/eventlog/messages.mc')
        $idle = [regex]::Match($messages, 'MessageId=(\d+)\s+Severity=\w+\s+Facility=\w+\s+SymbolicName=MSG_IDLE').Groups[1].Value
        Test-Event MsiWatch $idle | Should -BeTrue
        Test-Event MsiWatch 501 | Should -BeFalse
        Test-Event Other $idle | Should -BeFalse
        # What it runs is a command line of msiwatch's.
        $task.Task.Actions.Exec.Command | Should -Be '"C:\Program Files\MsiWatch\msiwatch.exe"'
        "$($task.Task.Actions.Exec.Arguments)" | Should -Match '^run -- '
    }
    It 'the task says nothing of its encoding, which Task Scheduler would take for another one' {
        $text = Get-Content -Raw (Join-Path $recipes 'task-on-event.xml')
        $text | Should -Match '^<\?xml version="1.0"\?>'
        $text | Should -Not -Match '[^\x0a\x0d\x20-\x7e]'
    }
    It 'the view shows what both wrote' {
        $view = [xml](Get-Content -Raw (Join-Path $recipes 'event-viewer-view.xml'))
        $path = $view.ViewerConfig.QueryConfig.QueryNode.QueryList.Query.Select.InnerText
        foreach ($provider in 'MsiWatch', 'MsiInstaller', 'Other') {
            $event = [xml]"<Event><System><Provider Name='$provider'/></System></Event>"
            ($null -ne $event.SelectSingleNode($path)) | Should -Be ($provider -ne 'Other')
        }
    }
}

Describe 'Recipes, where there is a Task Scheduler' -Skip:($env:OS -ne 'Windows_NT') {
    It 'it takes the task, by each of the two ways' {
        $file = Join-Path $recipes 'task-on-event.xml'
        try {
            $task = Register-ScheduledTask -TaskName "MsiWatchTest$PID" -Xml (Get-Content -Raw $file)
            $task.State | Should -Not -BeNullOrEmpty
            Unregister-ScheduledTask -TaskName "MsiWatchTest$PID" -Confirm:$false
            & schtasks /create /tn "MsiWatchTest$PID" /xml $file
            $LASTEXITCODE | Should -Be 0
        } finally { Unregister-ScheduledTask -TaskName "MsiWatchTest$PID" -Confirm:$false -ErrorAction SilentlyContinue }
    }
}
