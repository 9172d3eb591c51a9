# Intune, Remediations, detection: 1 if the service does not answer, or Windows Installer has been busy
# for more than two hours. What is printed is the device's "pre-remediation detection output".
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
