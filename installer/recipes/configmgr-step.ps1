# ConfigMgr, task sequence, Run PowerShell Script, before what installs: waits until Windows Installer
# has been idle for ten seconds. 1618 if it was not in time; a step that may be tried again on that.
# What went wrong with the asking itself, such as 1062 without the service, has its own code.
param([string]$Timeout = '30m', [string]$Settle = '10s')

Import-Module MsiWatch -ErrorAction Stop
Wait-MsiWatch -Settle $Settle -Timeout $Timeout -ErrorVariable failed -ErrorAction SilentlyContinue | Out-Null
if ($failed.Count -eq 0) { exit 0 }
"$($failed[0])"
if ($failed[0].FullyQualifiedErrorId -match '^(Busy|Unknown),') { exit 1618 }
if ($failed[0].TargetObject.Code) { exit $failed[0].TargetObject.Code }
exit 1
