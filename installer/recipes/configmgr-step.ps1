# ConfigMgr, task sequence, Run PowerShell Script, before what installs: waits until Windows Installer
# has been idle for ten seconds. 1618 if it was not in time; a step that may be tried again on that.
param([string]$Timeout = '30m', [string]$Settle = '10s')

Import-Module MsiWatch
Wait-MsiWatch -Settle $Settle -Timeout $Timeout -ErrorVariable failed -ErrorAction SilentlyContinue | Out-Null
if ($failed.Count -gt 0) {
    "$($failed[0])"
    exit 1618
}
exit 0
