# Reads scripts with PowerShell's own parser, and runs none of them: parse.ps1 FILE...
$wrong = 0
foreach ($file in $args) {
    $tokens = $null
    $errors = $null
    [void][Management.Automation.Language.Parser]::ParseFile($file, [ref]$tokens, [ref]$errors)
    foreach ($problem in $errors) {
        Write-Output "${file}:$($problem.Extent.StartLineNumber): $($problem.Message)"
        $wrong++
    }
}
exit [int]($wrong -gt 0)
