# A requirement script for a Win32 app in Intune: output data type "String", Equals, "idle". While Windows
# Installer is busy, Intune does not install the app, and offers it again at the next check-in.
Import-Module MsiWatch
$status = Get-MsiWatchStatus -ErrorAction SilentlyContinue
if ($status) { "$($status.State)" } else { 'no answer' }
