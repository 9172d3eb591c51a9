# PSAppDeployToolkit: dot-source it behind the toolkit, in version 4 behind its Import-Module. The
# toolkit's test of Windows Installer's mutex takes the mutex for a moment, and another installation
# that begins then fails with 1618; these ask the service. For other mutexes, without MsiWatch, and
# where the service does not know, the toolkit's own test is used.
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

# Version 4 is a module, which finds its own functions first, and they are read-only: there they are
# replaced, and for what calls them from outside of it.
foreach ($msiWatchName in 'Test-IsMutexAvailable', 'Test-ADTMutexAvailability') {
    $msiWatchOwn = Get-Command $msiWatchName -CommandType Function -ListImported -ErrorAction SilentlyContinue
    if (-not $msiWatchOwn -or "$($msiWatchOwn.ScriptBlock)" -match 'Test-MsiWatchMutex') { continue }
    $msiWatchTest = & $msiWatchMutex { $own[$args[0].Name] = $args[0].ScriptBlock; $tests[$args[0].Name] } $msiWatchOwn
    if ($msiWatchOwn.Module) {
        & $msiWatchOwn.Module { Set-Item -LiteralPath "function:script:$($args[0])" -Value $args[1] -Force } $msiWatchName $msiWatchTest
    }
    Set-Item -LiteralPath "function:$msiWatchName" -Value $msiWatchTest -Force
}
