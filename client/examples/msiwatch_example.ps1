# PowerShell: prints the state, waits until no installation is running, then prints every change.
param([string]$Pipe = 'ProtectedPrefix\Administrators\msiwatch')
$ErrorActionPreference = 'Stop'
$place = @{} # the place in the journal at which to continue after a restart
function Ask([string]$Method, $Params) {
    $request = @{ jsonrpc = '2.0'; id = 1; method = $Method; params = $Params }
    $writer.WriteLine((ConvertTo-Json $request -Compress))
    (ConvertFrom-Json $reader.ReadLine()).result
}
for (;; Start-Sleep -Milliseconds 500) { # if the service stops, it may start again
    $stream = New-Object IO.Pipes.NamedPipeClientStream('.', $Pipe, 'InOut', 'None', 'Identification')
    try {
        $stream.Connect(5000)
        $reader = New-Object IO.StreamReader($stream)
        $writer = New-Object IO.StreamWriter($stream) -Property @{ AutoFlush = $true; NewLine = "`n" }
        if (-not $place.journal) {
            "now $((Ask status @{}).state)"
            $null = Ask wait @{ for = 'idle'; timeout_ms = 600000 }
        }
        $at = Ask subscribe $place
        $after = if ($at.reset) { 0 } elseif ($place.journal) { $place.after } else { $at.status.seq }
        $place = @{ journal = $at.journal; after = $after }
        while ($line = $reader.ReadLine()) {
            $message = ConvertFrom-Json $line; $told = $message.params
            if ($message.method -eq 'reset') { $place = @{ journal = $told.journal; after = $told.after } }
            if ($message.method -eq 'event') { $place.after = $told.event.seq }
            if ($told.event.kind -eq 'transition') { "$($told.event.from) to $($told.event.to)" }
        }
    } catch { if (-not $place.journal) { throw } } finally { $stream.Dispose() }
}
