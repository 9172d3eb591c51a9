# syntax.ps1 FILE...: reads scripts and runs none. Each must be PowerShell, without what Windows
# PowerShell 5.1 does not know, and in ASCII, for without a byte order mark 5.1 reads the system's code
# page. First of all it must find fault with what is wrong.
$new = 'AndAnd', 'OrOr', 'QuestionMark', 'QuestionQuestion', 'QuestionQuestionEquals', 'QuestionDot', 'QuestionLBracket', 'Clean'
# Commands (*) and parameters that came later.
$newParameters = @{
    'ConvertFrom-Json' = 'AsHashtable', 'Depth', 'NoEnumerate', 'DateKind'
    'ConvertTo-Json' = 'AsArray', 'EnumsAsStrings', 'EscapeHandling'
    'ForEach-Object' = 'Parallel', 'ThrottleLimit', 'AsJob'
    'Get-Content' = 'AsByteStream'
    'Set-Content' = 'AsByteStream'
    'Invoke-WebRequest' = 'SkipHttpErrorCheck', 'MaximumRetryCount'
    'Select-Object' = 'SkipIndex'
    'Split-Path' = 'LeafBase', 'Extension'
    'Join-Path' = 'AdditionalChildPath'
    'Start-Process' = 'WhatIf', 'Confirm', 'Environment'
    'Test-Json' = '*'
    'Get-Error' = '*'
    'Remove-Service' = '*'
}

function Find-Fault([string]$Text) {
    $tokens = $errors = $null
    $ast = [Management.Automation.Language.Parser]::ParseInput($Text, [ref]$tokens, [ref]$errors)
    foreach ($problem in $errors) { "$($problem.Extent.StartLineNumber): $($problem.Message)" }
    foreach ($token in $tokens) {
        if ("$($token.Kind)" -in $new) { "$($token.Extent.StartLineNumber): 5.1 has no $($token.Text)" }
    }
    foreach ($node in $ast.FindAll({ $true }, $true)) {
        $line = $node.Extent.StartLineNumber
        if ($node -is [Management.Automation.Language.PipelineAst] -and $node.Background) { "${line}: 5.1 has no & at the end" }
        if ($node -isnot [Management.Automation.Language.CommandAst]) { continue }
        $unknown = @($newParameters["$($node.GetCommandName())"])
        if ($unknown -contains '*') { "${line}: 5.1 has no $($node.GetCommandName())" }
        foreach ($element in $node.CommandElements) {
            if ($element -is [Management.Automation.Language.CommandParameterAst] -and $element.ParameterName -in $unknown) {
                "${line}: $($node.GetCommandName()) of 5.1 has no -$($element.ParameterName)"
            }
        }
    }
    $number = 0
    foreach ($line in $Text -split "`n") {
        $number++
        if ($line -cmatch '[^\x09\x0d\x20-\x7e]') { "${number}: not ASCII" }
    }
}

$wrong = 0
foreach ($bad in 'a && b', 'a || b', '$a ? 1 : 2', '$a ?? 1', '$a ??= 1', '${a}?.b', '${a}?[0]',
    'function f { clean { } }', 'a &', 'if (1) {', "'$([char]0xfc)'", 'ConvertFrom-Json -AsHashtable',
    'Get-Error', '1 | ForEach-Object -Parallel { }') {
    if (-not (Find-Fault $bad)) {
        Write-Output "no fault is found with: $bad"
        $wrong++
    }
}
foreach ($good in 'if ($a -and $b) { & a } else { b }', 'Get-ChildItem | ? { $_ } | % { $_ }', "'&& || ?? ?.'") {
    if (Find-Fault $good) {
        Write-Output "a fault is found with: $good"
        $wrong++
    }
}
foreach ($file in $args) {
    foreach ($fault in @(Find-Fault ([IO.File]::ReadAllText($file)))) {
        Write-Output "${file}:$fault"
        $wrong++
    }
}
Write-Output "$($args.Count) scripts read, $wrong faults"
exit [int]($wrong -gt 0)
