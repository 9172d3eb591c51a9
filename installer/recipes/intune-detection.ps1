# The detection script for Intune, Remediations. It exits with 1 if the service does not answer, or if
# Windows Installer has been busy for more than two hours. Intune shows what it prints as the device's
# "pre-remediation detection output".
$longest = New-TimeSpan -Hours 2

Import-Module MsiWatch
$status = Get-MsiWatchStatus -ErrorAction SilentlyContinue
if (-not $status) {
    'MsiWatch does not answer'
    exit 1
}
$lasted = (Get-Date) - $status.Since
if ($status.State -eq 'busy' -and $lasted -gt $longest) {
    "busy since $($status.Since.ToString('s')): $($status.Mutex.OwnerImage) (pid $($status.Mutex.OwnerProcessId)) $($status.Install.Product)"
    exit 1
}
"$($status.State)"
exit 0
