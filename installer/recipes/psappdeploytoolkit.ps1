# PSAppDeployToolkit: dot-source it behind the toolkit. Its test of Windows Installer's mutex takes the
# mutex for a moment, and another installation that begins then fails with 1618; these ask the service.
# For other mutexes, and where the service does not know, the toolkit's own test is used.
if (-not (Get-Variable msiWatchOwnTest -ErrorAction SilentlyContinue)) { $msiWatchOwnTest = @{} }
foreach ($name in 'Test-IsMutexAvailable', 'Test-ADTMutexAvailability') {
    $own = Get-Command $name -CommandType Function -ErrorAction SilentlyContinue
    if ($own -and "$($own.ScriptBlock)" -notmatch 'Test-MsiWatchMutex') { $msiWatchOwnTest[$name] = $own.ScriptBlock }
}

function Test-MsiWatchMutex([string]$Name, [string]$MutexName, [TimeSpan]$Time, $Given) {
    if ($MutexName -eq 'Global\_MSIExecute') {
        Import-Module MsiWatch
        $failed = $null
        if ($Time -lt [TimeSpan]::Zero) {
            $null = Wait-MsiWatch -ErrorVariable failed -ErrorAction SilentlyContinue
        } else {
            $null = Wait-MsiWatch -Timeout $Time -ErrorVariable failed -ErrorAction SilentlyContinue
        }
        if (@($failed).Count -eq 0) { return $true }
        if ("$($failed[0].FullyQualifiedErrorId)" -like 'Busy,*') { return $false }
    }
    $own = $msiWatchOwnTest[$Name]
    if (-not $own) { throw "whether $MutexName is free is not known" }
    & $own @Given
}

# Version 3.
function Test-IsMutexAvailable {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)][ValidateLength(1, 260)][string]$MutexName,
        [ValidateRange(-1, 2147483647)][int]$MutexWaitTimeInMilliseconds = 1
    )
    Test-MsiWatchMutex Test-IsMutexAvailable $MutexName ([TimeSpan]::FromMilliseconds($MutexWaitTimeInMilliseconds)) $PSBoundParameters
}

# Version 4.
function Test-ADTMutexAvailability {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)][ValidateLength(1, 260)][string]$MutexName,
        [TimeSpan]$MutexWaitTime = [TimeSpan]::FromMilliseconds(1)
    )
    Test-MsiWatchMutex Test-ADTMutexAvailability $MutexName $MutexWaitTime $PSBoundParameters
}
