# For a ConfigMgr task sequence: put this Run PowerShell Script step before a step that installs. It
# waits until Windows Installer has been idle for ten seconds. It exits with 1618 if that does not happen
# in time; the task sequence can then retry the step. If it cannot ask the service, it exits with another
# code, for example 1062 if the service is not running.
param([string]$Timeout = '30m', [string]$Settle = '10s')

Import-Module MsiWatch -ErrorAction Stop
Wait-MsiWatch -Settle $Settle -Timeout $Timeout -ErrorVariable failed -ErrorAction SilentlyContinue | Out-Null
if ($failed.Count -eq 0) { exit 0 }
"$($failed[0])"
if ($failed[0].FullyQualifiedErrorId -match '^(Busy|Unknown),') { exit 1618 }
if ($failed[0].TargetObject.Code) { exit $failed[0].TargetObject.Code }
exit 1
