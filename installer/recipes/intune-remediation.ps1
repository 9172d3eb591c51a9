# The remediation script for Intune, Remediations. It starts the service if it is not running. It does not
# end an installation that hangs, because that can leave a product half installed. Instead it prints what
# is known about the installation and fails, so that somebody examines the device.
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
