# pester.ps1 PESTER FILE...: runs tests, prints what failed or was skipped and why; 1 if any failed, or
# none ran.
$pester, $files = $args
$ErrorActionPreference = 'Stop'
Import-Module $pester
$configuration = New-PesterConfiguration
$configuration.Run.Path = @($files)
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Detailed'
$result = Invoke-Pester -Configuration $configuration
Write-Output "$($result.PassedCount) passed, $($result.FailedCount) failed, $($result.SkippedCount) skipped, $($result.FailedContainersCount) files not read"
exit [int]($result.FailedCount + $result.FailedBlocksCount + $result.FailedContainersCount -gt 0 -or $result.PassedCount -eq 0)
