# For PSAppDeployToolkit: dot-source this file after the toolkit, in version 4 after its Import-Module.
# The toolkit's test of Windows Installer's mutex takes the mutex for a moment, and an installation that
# begins at that moment fails with 1618. The functions below ask the service instead. The toolkit's own
# test still runs for other mutexes, without MsiWatch, and when the service does not know the state.
$msiWatchMutex = New-Module -Name MsiWatchMutex -ScriptBlock {
    $own = @{}

    function Test-MsiWatchMutex([string]$Name, [string]$MutexName, [TimeSpan]$Time, $Given) {
        if ($MutexName -eq 'Global\_MSIExecute') {
            $limit = @{}
            if ($Time -ge [TimeSpan]::Zero) { $limit.Timeout = $Time }
            try {
                Import-Module MsiWatch -ErrorAction Stop
                $null = Wait-MsiWatch @limit -ErrorAction Stop
                return $true
            } catch {
                if ("$($_.FullyQualifiedErrorId)" -like 'Busy,*') { return $false }
            }
        }
        & $own[$Name] @Given
    }

    $tests = @{
        # Version 3.
        'Test-IsMutexAvailable' = {
            [CmdletBinding()]
            param(
                [Parameter(Mandatory = $true)][ValidateLength(1, 260)][string]$MutexName,
                [ValidateRange(-1, 2147483647)][int]$MutexWaitTimeInMilliseconds = 1
            )
            Test-MsiWatchMutex Test-IsMutexAvailable $MutexName ([TimeSpan]::FromMilliseconds($MutexWaitTimeInMilliseconds)) $PSBoundParameters
        }
        # Version 4.
        'Test-ADTMutexAvailability' = {
            [CmdletBinding()]
            param(
                [Parameter(Mandatory = $true)][ValidateLength(1, 260)][string]$MutexName,
                [TimeSpan]$MutexWaitTime = [TimeSpan]::FromMilliseconds(1)
            )
            Test-MsiWatchMutex Test-ADTMutexAvailability $MutexName $MutexWaitTime $PSBoundParameters
        }
    }
    Export-ModuleMember
}

# Version 4 is a module. It finds its own functions first, and they are read-only. So replace them inside
# the module, and also for scripts that call them from outside.
foreach ($msiWatchName in 'Test-IsMutexAvailable', 'Test-ADTMutexAvailability') {
    $msiWatchOwn = Get-Command $msiWatchName -CommandType Function -ListImported -ErrorAction SilentlyContinue
    if (-not $msiWatchOwn -or "$($msiWatchOwn.ScriptBlock)" -match 'Test-MsiWatchMutex') { continue }
    $msiWatchTest = & $msiWatchMutex { $own[$args[0].Name] = $args[0].ScriptBlock; $tests[$args[0].Name] } $msiWatchOwn
    if ($msiWatchOwn.Module) {
        & $msiWatchOwn.Module { Set-Item -LiteralPath "function:script:$($args[0])" -Value $args[1] -Force } $msiWatchName $msiWatchTest
    }
    Set-Item -LiteralPath "function:$msiWatchName" -Value $msiWatchTest -Force
}
