# Intune, Remediations, remediation: starts the service if it does not run. An installation that hangs
# is not ended, for that can leave the machine half installed: what is known of it is printed, and the
# remediation fails, so that somebody looks.
Import-Module MsiWatch
$status = Get-MsiWatchStatus -ErrorAction SilentlyContinue
if (-not $status) {
    Start-Service MsiWatch -ErrorAction SilentlyContinue
    $status = Get-MsiWatchStatus -ErrorAction SilentlyContinue
}
if (-not $status) {
    'MsiWatch does not start'
    exit 1
}
if ($status.State -ne 'busy') {
    "$($status.State)"
    exit 0
}
$turn = Get-MsiWatchTurn | Where-Object { $_.Position -eq 0 }
"busy since $($status.Since.ToString('s')): $($status.Mutex.OwnerImage) (pid $($status.Mutex.OwnerProcessId)); turn: $($turn.Label)"
exit 1
