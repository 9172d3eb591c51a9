# Intune, Win32 app, Requirements, a script: output "String", equal to "idle". The app is offered again
# at the next check-in while Windows Installer is busy.
Import-Module MsiWatch
$status = Get-MsiWatchStatus -ErrorAction SilentlyContinue
if ($status) { "$($status.State)" } else { 'no answer' }
