# The help of the module: complete, and its examples run as they are printed.
BeforeDiscovery {
    Import-Module $env:MSIWATCH_TEST_MODULE
    $commands = (Get-Module MsiWatch).ExportedFunctions.Keys | Sort-Object
    $common = [Management.Automation.PSCmdlet]::CommonParameters + [Management.Automation.PSCmdlet]::OptionalCommonParameters
    $parameters = foreach ($command in $commands) {
        foreach ($name in (Get-Command $command).Parameters.Keys) {
            if ($name -notin $common) { @{ Command = $command; Name = $name } }
        }
    }
    $examples = foreach ($command in $commands) {
        $number = 0
        foreach ($example in @((Get-Help $command -Full).Examples.Example)) {
            $number++
            # One line: what follows it is prose to Get-Help.
            @{ Command = $command; Number = $number; Code = $example.Code }
        }
    }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'World.ps1')
    New-World
    Import-TestModule
    Wait-State idle
    Push-Location $world.Folder
    # What the examples install.
    if ($onWindows) {
        Copy-Item (Join-Path $env:SystemRoot 'System32\whoami.exe') setup.exe
    } else {
        # "\" is a letter of a name there, and what is no path is found on PATH.
        & /bin/sh -c 'cd "$1" && printf "#!/bin/sh\nexit 0\n" >".\\setup.exe" && chmod +x ".\\setup.exe"' sh $world.Folder
        $env:PATH += ":$($world.Folder)"
    }
}

AfterAll {
    Pop-Location
    Remove-World
}

Describe 'Help' {
    It '<_> has a synopsis, a description and examples' -ForEach $commands {
        $help = Get-Help $_ -Full
        $help.Synopsis.Length | Should -BeGreaterThan 20
        "$($help.Description.Text)".Length | Should -BeGreaterThan 40
        @($help.Examples.Example).Count | Should -BeGreaterThan 0
        $help.RelatedLinks.NavigationLink.LinkText | Should -Contain 'about_MsiWatch'
    }
    It '<Command> -<Name> is described' -ForEach $parameters {
        "$((Get-Help $Command -Parameter $Name).Description.Text)".Length | Should -BeGreaterThan 15
    }
    It 'has about_MsiWatch, which names each command, in 80 columns' {
        $text = Get-Content -Raw (Join-Path (Get-Module MsiWatch).ModuleBase 'en-US/about_MsiWatch.help.txt')
        (Get-Module MsiWatch).ExportedFunctions.Keys | ForEach-Object { $text | Should -Match $_ }
        ($text -split '\r?\n' | Where-Object { $_.Length -gt 80 }) | Should -BeNullOrEmpty
    }
    It 'example <Number> of <Command> runs as it is printed' -ForEach $examples {
        # Those that watch need something to see.
        $other = if ($Code -match 'Watch-MsiWatch') { Start-Changes }
        try {
            $Error.Clear()
            { & ([scriptblock]::Create($Code)) } | Should -Not -Throw
            $Error | Where-Object { $_.FullyQualifiedErrorId -match 'MsiWatch' } | Should -BeNullOrEmpty
        } finally {
            if ($other) { Stop-Changes $other }
        }
    }
}
