<#
The package as it ships, on real Windows: what Wine cannot show of it. As administrator, on a machine
to be thrown away. The parts in this order, each a step of .github/workflows/windows.yml:

    package.ps1 -Part Install        quietly, without a window; the service and its entry are whole
    package.ps1 -Part Repair         by an administrator, then by a standard user: nothing of ours runs
    package.ps1 -Part OtherBuild     another build of the same version replaces this one, and is replaced
    package.ps1 -Part FailedUpgrade  taken back; the old service runs, and the logs say why
    package.ps1 -Part Upgrade        with 20 clients, a handle never closed, the event DLL mapped: no restart
    package.ps1 -Part Remove         without PURGE the journal stays, with it nothing does

-Packages: a folder with msiwatch-*.msi of this version, of the next one in next\ and of another build
of this one in other\, failing.msi, map-file.exe, hold-pipe.exe, and msiwatch.exe beside it. -Reports: where the logs go.
#>
param(
    [Parameter(Mandatory)][ValidateSet('Install', 'Repair', 'OtherBuild', 'FailedUpgrade', 'Upgrade', 'Remove')][string]$Part,
    [Parameter(Mandatory)][string]$Packages,
    [Parameter(Mandatory)][string]$Reports
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2
$now = (Get-Item "$Packages\msiwatch-*-x64.msi").FullName
$next = (Get-Item "$Packages\next\msiwatch-*-x64.msi").FullName
$other = (Get-Item "$Packages\other\msiwatch-*-x64.msi").FullName
$folder = "$env:ProgramFiles\MsiWatch"
$data = "$env:ProgramData\MsiWatch"
$modules = $env:ProgramFiles, ${env:ProgramFiles(x86)} | ForEach-Object { "$_\WindowsPowerShell\Modules\MsiWatch" }

# ---- windows: of our programs, or a console of anybody's that was not there before ----

$consoles = @(Get-Process -Name 'conhost' -ErrorAction SilentlyContinue | ForEach-Object { $_.Id })

function Get-Window {
    $processes = @(Get-Process -Name 'msiwatchd', 'msiwatch', 'conhost', 'OpenConsole', 'WindowsTerminal' -ErrorAction SilentlyContinue)
    foreach ($process in $processes) {
        if ($process.MainWindowHandle -ne 0 -and $consoles -notcontains $process.Id) { "$($process.Name) '$($process.MainWindowTitle)'" }
    }
}

# ---- msiexec ----

# Runs it to its end, however it was started; its exit code, and what windows there were meanwhile.
function Wait-Msiexec([Diagnostics.Process]$Process) {
    $null = $Process.Handle # or PowerShell forgets the exit code
    $windows = @()
    while (-not $Process.WaitForExit(100)) { $windows += @(Get-Window) }
    if ($windows) { throw "a window was shown: $(($windows | Select-Object -Unique) -join ', ')" }
    $Process.ExitCode
}

function Get-MsiexecArguments([string[]]$Arguments, [string]$Log) {
    $Arguments + @('/qn', '/norestart', '/l*v', "`"$Log`"")
}

function Invoke-Msiexec([string]$Name, [string[]]$Arguments, [int[]]$Expected = 0) {
    $log = "$Reports\msiexec-$Name.log"
    $code = Wait-Msiexec (Start-Process msiexec.exe (Get-MsiexecArguments $Arguments $log) -PassThru)
    if ($code -notin $Expected) {
        throw "${Name}: msiexec ended with $code, not $($Expected -join ' or '); ours said: $((Get-Said $log) -join ' | ')"
    }
}

# What our actions wrote to msiexec's log.
function Get-Said([string]$Log) {
    @(Select-String -Path $Log -Pattern 'MsiWatch: ', 'of MsiWatch could not', 'MsiWatch could not' | ForEach-Object { $_.Line })
}

# ---- the service ----

function Get-Entry { Get-CimInstance Win32_Service -Filter "Name='MsiWatch'" }

function Get-About {
    $text = & "$folder\msiwatch.exe" about --json
    if ($LASTEXITCODE -ne 0) { throw "about ended with $LASTEXITCODE" }
    $text | ConvertFrom-Json
}

function Assert-Runs([string]$Version, [string]$When) {
    $entry = Get-Entry
    if (-not $entry -or $entry.State -ne 'Running') { throw "${When}: the service is $(if ($entry) { $entry.State } else { 'not there' })" }
    $end = (Get-Date).AddSeconds(10)
    do {
        try { $about = Get-About } catch { $about = $null; Start-Sleep -Milliseconds 200 }
    } until ($about -or (Get-Date) -gt $end)
    if (-not $about) { throw "${When}: it does not answer within 10 s" }
    if ($about.version -ne $Version) { throw "${When}: version $($about.version), not $Version" }
    $about
}

function Get-Product {
    @(Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*' |
        Where-Object { $_.PSObject.Properties['DisplayName'] -and $_.DisplayName -eq 'MsiWatch' })
}

function Get-VersionOf([string]$Package) { [regex]::Match($Package, 'msiwatch-([0-9.]+)-x64').Groups[1].Value }

# Everything that a repair must not change: files, settings, the service's entry and process.
function Get-Picture {
    $files = Get-ChildItem $folder -Recurse -File | ForEach-Object { "$($_.FullName) $((Get-FileHash $_.FullName).Hash)" }
    $settings = if (Test-Path HKLM:\SOFTWARE\MsiWatch) { (Get-ItemProperty HKLM:\SOFTWARE\MsiWatch | Select-Object * -ExcludeProperty PS* | Out-String) } else { '' }
    $entry = Get-Entry
    ($files + $settings + "$($entry.PathName) $($entry.StartMode) $($entry.ProcessId)") -join "`n"
}

# ---- the parts ----

function Test-Install {
    Invoke-Msiexec 'install' @('/i', "`"$now`"", 'RETENTION_DAYS="30"')
    $null = Assert-Runs (Get-VersionOf $now) 'installed'
    $query = & "$folder\msiwatchd.exe" query
    if ($LASTEXITCODE -ne 0) { throw "query ended with $LASTEXITCODE" }
    $query | Set-Content "$Reports\query.txt"
    # Restarts, privilege and SID: real Windows knows all of them.
    $lacks = @($query | Where-Object { $_ -like 'lacks *' })
    if ($lacks) { throw ($lacks -join '; ') }
    $sid = (& sc.exe qsidtype MsiWatch) -join ' '
    if ($sid -notmatch 'UNRESTRICTED') { throw "the service's SID: $sid" }
    $privileges = (& sc.exe qprivs MsiWatch) -join ' '
    if ($privileges -notmatch 'SeChangeNotifyPrivilege') { throw "its privileges: $privileges" }
    $missing = @($modules | Where-Object { -not (Test-Path "$_\MsiWatch.psd1") })
    if ($missing) { throw "no module in $($missing -join ', ')" }
    $source = (Get-ItemProperty HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\MsiWatch).EventMessageFile
    if ($source -ne "$folder\msiwatchevents.dll") { throw "the event source: $source" }
    $event = Get-WinEvent -LogName Application -FilterXPath "*[System[Provider[@Name='MsiWatch']]]" -MaxEvents 1
    if ($event.Message -notmatch '^MsiWatch ') { throw "an event without its words: $($event.Message)" }
    $product = @(Get-Product)[0]
    foreach ($name in 'HelpLink', 'URLInfoAbout', 'URLUpdateInfo', 'DisplayIcon', 'NoRepair') {
        if (-not $product.PSObject.Properties[$name] -or -not $product.$name) { throw "the list of programs has no $name" }
    }
}

function Test-Repair {
    Remove-Item "$folder\NOTICES.txt"
    Invoke-Msiexec 'repair' @('/fomus', "`"$now`"", 'RETENTION_DAYS="1"', 'PIPE_SDDL="D:P(A;;GA;;;WD)"', 'OLDER_VERSION_FOUND="x"')
    $said = Get-Said "$Reports\msiexec-repair.log"
    if ($said) { throw "at a repair ran: $($said -join ' | ')" }
    $settings = Get-ItemProperty HKLM:\SOFTWARE\MsiWatch
    if ($settings.RetentionDays -ne 30 -or $settings.PSObject.Properties['PipeSddl']) { throw 'a repair has changed settings' }
    if (-not (Test-Path "$folder\NOTICES.txt")) { throw 'not repaired' }
    $null = Assert-Runs (Get-VersionOf $now) 'repaired'
    # A repair by somebody who may do nothing else. It is refused or done by Windows, but changes
    # nothing of ours: whatever runs as SYSTEM then, runs for anybody.
    $before = Get-Picture
    $password = "Aa1!$([guid]::NewGuid())"
    $secure = ConvertTo-SecureString $password -AsPlainText -Force
    New-LocalUser msiwatch-user -Password $secure | Out-Null
    Add-LocalGroupMember -Group Users -Member msiwatch-user
    $shared = "$env:SystemDrive\msiwatch-shared"
    New-Item -ItemType Directory -Force $shared | Out-Null
    & icacls.exe $shared /grant '*S-1-5-32-545:(OI)(CI)M' | Out-Null
    Copy-Item $now "$shared\msiwatch.msi"
    try {
        $credential = New-Object Management.Automation.PSCredential "$env:COMPUTERNAME\msiwatch-user", $secure
        $arguments = Get-MsiexecArguments @('/fomus', "`"$shared\msiwatch.msi`"", 'START_SERVICE="0"', 'PURGE="1"', 'OLDER_VERSION_FOUND="x"') "$shared\repair.log"
        $process = Start-Process msiexec.exe $arguments -Credential $credential -WorkingDirectory $shared -PassThru
        $code = Wait-Msiexec $process
        if (Test-Path "$shared\repair.log") { Copy-Item "$shared\repair.log" "$Reports\msiexec-repair-user.log" }
        Write-Output "a standard user's repair ended with $code"
        if ((Test-Path "$shared\repair.log") -and (Get-Said "$shared\repair.log")) { throw 'a standard user''s repair ran an action of ours' }
        $after = Get-Picture
        if ($after -ne $before) { throw "a standard user's repair changed:`n$before`n---`n$after" }
        # Nor may that user have a say over others' turns: 5, access denied.
        foreach ($denied in @('turn', 'revoke', '1'), @('hold', '--for', '1h'), @('hold', '--end')) {
            $process = Start-Process "$folder\msiwatch.exe" $denied -Credential $credential -WorkingDirectory $shared -PassThru
            $null = $process.Handle
            if (-not $process.WaitForExit(30000)) { $process.Kill(); throw "msiwatch $denied, by a standard user, does not end" }
            if ($process.ExitCode -ne 5) { throw "msiwatch $denied, by a standard user, ended with $($process.ExitCode)" }
        }
    } finally {
        Remove-LocalUser msiwatch-user
        Remove-Item -Recurse -Force $shared
    }
}

# Wine does not read REINSTALLMODE there, so only here are files replaced whose versions are equal.
function Test-OtherBuild {
    $journal = (Get-About).journal.id
    $image = "$folder\msiwatchd.exe"
    $first = (Get-FileHash $image).Hash
    $code = @(Get-Product)[0].PSChildName
    foreach ($package in $other, $now) {
        $before = (Get-FileHash $image).Hash
        # 3010: the event messages, which are of an equal version too, are mapped by somebody.
        Invoke-Msiexec "other-build-$(Split-Path -Leaf (Split-Path $package))" @('/i', "`"$package`"") 0, 3010
        $products = @(Get-Product)
        if ($products.Count -ne 1) { throw "$($products.Count) products are listed" }
        if ($products[0].PSChildName -eq $code) { throw "the product code is still $code" }
        $code = $products[0].PSChildName
        if ((Get-FileHash $image).Hash -eq $before) { throw "$image was not replaced" }
        $about = Assert-Runs (Get-VersionOf $package) 'another build'
        if ($about.journal.id -ne $journal) { throw 'another journal' }
        if ((Get-ItemProperty HKLM:\SOFTWARE\MsiWatch).RetentionDays -ne 30) { throw 'the settings were not kept' }
    }
    if ((Get-FileHash $image).Hash -ne $first) { throw 'the first build is not back' }
}

function Test-FailedUpgrade {
    $process = (Get-Entry).ProcessId
    $begun = Get-Date
    Invoke-Msiexec 'failed-upgrade' @('/i', "`"$Packages\failing.msi`"") 1603
    if (-not (Select-String -Quiet -Path "$Reports\msiexec-failed-upgrade.log" -Pattern 'The service MsiWatch could not be configured: ')) {
        throw 'msiexec''s log does not say why the upgrade failed'
    }
    $about = Assert-Runs (Get-VersionOf $now) 'after an upgrade that failed'
    if ((Get-Entry).ProcessId -eq $process) { throw 'the service was not stopped: this shows nothing' }
    if (-not $about.journal.durable) { throw "the journal is not durable: $($about.journal.problem)" }
    $events = @(Get-WinEvent -FilterHashtable @{ LogName = 'Application'; ProviderName = 'MsiInstaller'; StartTime = $begun })
    $events | Format-List -Property 'Id', 'Message' | Out-File "$Reports\failed-upgrade-events.txt"
    if (-not ($events | Where-Object { $_.Message -match 'could not be configured' })) {
        throw "no event of MsiInstaller says why; there are $(($events | ForEach-Object { $_.Id }) -join ', ')"
    }
}

function Test-Upgrade {
    $before = Get-About
    # A client that never closes its handle, and 20 that follow.
    $pipe = (& "$folder\msiwatchd.exe" query | Where-Object { $_ -like 'pipe *' }) -replace '^pipe +', ''
    $hold = Start-Process "$Packages\hold-pipe.exe" "`"$pipe`"" -NoNewWindow -PassThru -RedirectStandardOutput "$Reports\held.txt"
    $watches = @(1..20 | ForEach-Object {
        Start-Process "$Packages\msiwatch.exe" 'watch', '--json' -NoNewWindow -PassThru -RedirectStandardOutput "$Reports\watch-$_.jsonl"
    })
    $map = Start-Process "$Packages\map-file.exe" "`"$folder\msiwatchevents.dll`"" -NoNewWindow -PassThru -RedirectStandardOutput "$Reports\mapped.txt"
    try {
        $end = (Get-Date).AddSeconds(20)
        do { Start-Sleep -Milliseconds 200 } until (((Select-String -Quiet -Path "$Reports\mapped.txt" -Pattern 'mapped') -and (Select-String -Quiet -Path "$Reports\held.txt" -Pattern 'held')) -or (Get-Date) -gt $end)
        Invoke-Msiexec 'upgrade' @('/i', "`"$next`"") # 3010 is an error here
        $after = Assert-Runs (Get-VersionOf $next) 'upgraded'
        if ($after.journal.id -ne $before.journal.id) { throw 'another journal' }
        if ($after.journal.last_seq -le $before.journal.last_seq) { throw "seq went from $($before.journal.last_seq) to $($after.journal.last_seq)" }
        if ((Get-ItemProperty HKLM:\SOFTWARE\MsiWatch).RetentionDays -ne 30) { throw 'the settings were not kept' }
        if (@($map, $hold) + $watches | Where-Object { $_.HasExited }) { throw 'a client was ended' }
        Start-Sleep -Seconds 5
        foreach ($number in 1..20) {
            $seqs = @(Get-Content "$Reports\watch-$number.jsonl" | ConvertFrom-Json | Where-Object { $_.PSObject.Properties['kind'] } | ForEach-Object { $_.seq })
            if (-not $seqs -or $seqs[-1] -lt $after.journal.last_seq) { throw "watcher $number has come to $($seqs -join ' '), the journal to $($after.journal.last_seq)" }
        }
    } finally {
        @($map, $hold) + $watches | Where-Object { -not $_.HasExited } | Stop-Process -Force
    }
    Invoke-Msiexec 'downgrade' @('/i', "`"$now`"") 1603
    $null = Assert-Runs (Get-VersionOf $next) 'after a downgrade that was refused'
}

function Test-Remove {
    Invoke-Msiexec 'remove' @('/x', "`"$next`"")
    $left = @(Get-Entry) + @($modules + @($folder, 'HKLM:\SOFTWARE\MsiWatch', 'HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Application\MsiWatch') | Where-Object { Test-Path $_ })
    $left = @($left | Where-Object { $_ })
    if ($left) { throw "left behind: $left" }
    if (-not (Test-Path "$data\history.db")) { throw 'the journal is gone' }
    Invoke-Msiexec 'install-again' @('/i', "`"$next`"")
    Invoke-Msiexec 'remove-purge' @('/x', "`"$next`"", 'PURGE="1"')
    if (Test-Path $data) { throw "left behind: $(Get-ChildItem $data -Recurse | ForEach-Object { $_.FullName })" }
}

& "Test-$Part"
Write-Output "as it should be: $Part"
