<#
Compares what common/event_log reads by typed values with what Windows renders as XML: records of
the source MsiInstaller with 0, 1 and 7 strings, with and without Binary, and one by Write-EventLog.
Writes to the machine's log Application. Needs event-dump.exe in $Bin. Ends with an error that names
every difference; values.txt in $Reports has what was read.

    tests\windows\event_log_values.ps1 -Bin build\windows\bin -Reports build\artifacts
#>
param(
    [Parameter(Mandatory)][string]$Bin,
    [Parameter(Mandatory)][string]$Reports
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2
$source = 'MsiInstaller'
$channel = 'Application'
$before = (Get-WinEvent -LogName $channel -MaxEvents 1).RecordId

$seven = @("Ex$([char]0xE4)mple <&> `"quoted`"", '1.2.3', '1033', '0', '', '(NULL)', "C:\$([char]0x20AC)\x.msi")
$bytes = [Text.Encoding]::ASCII.GetBytes('{7B304435-1000-2000-3000-D33374566390}')
$written = 0
foreach ($count in 0, 1, 7) {
    foreach ($data in $null, $bytes, [byte[]](0, 255, 0)) {
        [object[]]$values = @($seven | Select-Object -First $count)
        $instance = New-Object System.Diagnostics.EventInstance 1033, 0
        [Diagnostics.EventLog]::WriteEvent($source, $instance, [byte[]]$data, $values)
        $written++
    }
}
# The cmdlet is Windows PowerShell's alone.
$command = "Write-EventLog -LogName $channel -Source $source -EventId 1034 -Message 'one' -RawData 1,2,0,3"
powershell.exe -NoProfile -NonInteractive -Command $command
if ($LASTEXITCODE -ne 0) { throw "Write-EventLog ended with $LASTEXITCODE" }
$written++

$filter = "*[System[Provider[@Name='$source'] and EventRecordID>$before]]"
$end = (Get-Date).AddSeconds(30)
do {
    Start-Sleep -Milliseconds 500
    $events = @(Get-WinEvent -LogName $channel -FilterXPath $filter -Oldest -ErrorAction SilentlyContinue)
} until ($events.Count -ge $written -or (Get-Date) -gt $end)
if ($events.Count -lt $written) { throw "of $written records $($events.Count) are in the log" }

$lines = @(& "$Bin\event-dump.exe" $before)
if ($LASTEXITCODE -ne 0) { throw "event-dump ended with $LASTEXITCODE" }
$lines | Set-Content -Encoding utf8 "$Reports\event-values.txt"
$read = @{}
foreach ($line in $lines) {
    $record = $line | ConvertFrom-Json
    $read[[uint64]$record.record_id] = $record
}

$wrong = @()
foreach ($event in $events) {
    $id = [uint64]$event.RecordId
    $xml = ([xml]$event.ToXml()).DocumentElement
    Add-Content -Encoding utf8 "$Reports\event-values.txt" $xml.OuterXml
    if (-not $read.ContainsKey($id)) { $wrong += "record ${id}: not read"; continue }
    $record = $read[$id]
    $system = $xml['System']
    $data = @()
    $binary = ''
    if ($null -ne $xml['EventData']) {
        foreach ($node in $xml['EventData'].ChildNodes) {
            if ($node.LocalName -eq 'Data') { $data += $node.InnerText }
            if ($node.LocalName -eq 'Binary') { $binary = $node.InnerText }
        }
    }
    $strings = @($record.strings)
    $old = ($null -eq $system['Execution']) -and ($null -eq $system['Version'])
    $pidInXml = if ($null -eq $system['Execution']) { 0 } else { [uint32]$system['Execution'].GetAttribute('ProcessID') }
    $user = if ($null -eq $system['Security']) { '' } else { $system['Security'].GetAttribute('UserID') }
    $at = [DateTimeOffset]::Parse($system['TimeCreated'].GetAttribute('SystemTime'), [Globalization.CultureInfo]::InvariantCulture).ToUnixTimeMilliseconds()
    $pairs = @(
        , @('event id', [uint32]$system['EventID'].InnerText, [uint32]$record.event_id)
        , @('time', $at, [int64]$record.at_ms)
        , @('old form', $old, [bool]$record.old_form)
        , @('writer', $pidInXml, [uint32]$record.writer_pid)
        , @('user', $user, [string]$record.user)
        , @('number of strings', $data.Count, $strings.Count)
        , @('strings', ($data -join '|'), ($strings -join '|'))
        , @('binary', $binary, [string]$record.binary)
    )
    foreach ($pair in $pairs) {
        if ($pair[1] -cne $pair[2]) { $wrong += "record ${id}: $($pair[0]) is '$($pair[2])', in XML '$($pair[1])'" }
    }
}
if ($wrong) { throw ($wrong -join "`n") }
Write-Output "$($events.Count) records read by typed values are what Windows renders as XML"
