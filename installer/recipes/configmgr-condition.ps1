# A global condition for ConfigMgr: Setting type "Script", Data type "String". In a requirement of a
# deployment type, compare it: Equals "idle".
Import-Module MsiWatch
$status = Get-MsiWatchStatus -ErrorAction SilentlyContinue
if ($status) { "$($status.State)" } else { 'no answer' }
