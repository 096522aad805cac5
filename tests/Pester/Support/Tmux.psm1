# A terminal to type at: tmux on a private socket, with a shell in it. What is on the screen is polled with a deadline.

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'

# -Command: what to run on the terminal, for sh.
function Start-Tmux([string] $Folder, [string] $Command, [int] $Columns = 100, [int] $Rows = 30) {
    $socket = "$Folder/tmux-$([guid]::NewGuid().ToString('N').Substring(0, 8))"
    $tmux = [pscustomobject]@{ Socket = $socket; Pid = 0; Tty = '' }
    $locale = 'C.UTF-8'
    # A tmux around the tests is none of ours.
    & env -u TMUX LC_ALL=$locale tmux -S $socket -u -f /dev/null new-session -d -x $Columns -y $Rows `
        "LC_ALL=$locale exec sh -c '$Command'"
    if ($LASTEXITCODE) { throw 'tmux does not start' }
    $tmux.Pid, $tmux.Tty = (Invoke-Tmux $tmux display-message -p '#{pane_pid} #{pane_tty}') -split ' '
    $tmux
}

# A pwsh with the module on a terminal; its prompt is 'PS> '.
function Start-PwshInTmux([string] $Folder, [string] $Prefix = 'exec', [string] $Suffix = '') {
    @(
        "Import-Module '$((Get-Module SshMux).ModuleBase)'"
        "function prompt { 'PS> ' }"
        # What was typed before is nobody's business here.
        'Set-PSReadLineOption -HistorySaveStyle SaveNothing -PredictionSource None -BellStyle None'
    ) | Set-Content "$Folder/profile.ps1"
    $tmux = Start-Tmux $Folder "$Prefix pwsh -NoLogo -NoProfile -NoExit -File $Folder/profile.ps1$Suffix"
    Wait-Screen $tmux '(?m)^PS> $'
    $tmux
}

# Invoke-Tmux TMUX ARGUMENT...
function Invoke-Tmux {
    $tmux, $arguments = $args
    & tmux -S $tmux.Socket -u @arguments
    if ($LASTEXITCODE) { throw "tmux $arguments failed" }
}

# Types text. (A '~' alone would be PowerShell's to expand.)
function Send-Text($Tmux, [string] $Text) { Invoke-Tmux $Tmux send-keys -l -- $Text }

# Types text, and Enter.
function Send-Line($Tmux, [string] $Text) {
    Send-Text $Tmux $Text
    Invoke-Tmux $Tmux send-keys Enter
}

# Presses keys by tmux's names: C-c, Escape, Enter.
function Send-Key($Tmux, [string[]] $Key) { Invoke-Tmux $Tmux send-keys @Key }

# The lines on the screen, without the empty ones at its end; trailing blanks are cut, but for one after a prompt.
function Get-Screen($Tmux) {
    ((Invoke-Tmux $Tmux capture-pane -p -N) -join "`n") -replace '(?m)[ ]+$', ' ' -replace '(?m)^ $', '' -replace '\n+$'
}

function Wait-Screen($Tmux, [string] $Pattern, [double] $Seconds = 60) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        $screen = Get-Screen $Tmux
        if ($screen -match $Pattern) { return }
        if ($clock.Elapsed.TotalSeconds -gt $Seconds) { throw "'$Pattern' is still not on the screen:`n$screen" }
        Start-Sleep -Milliseconds 100
    }
}

# Empties the screen and its history at PowerShell's prompt, so that what is waited for is new.
function Clear-Prompt($Tmux) {
    Send-Line $Tmux 'Clear-Host'
    Wait-Screen $Tmux '\A\s*PS> \z'
}

# One of tmux's flags of the screen: alternate_on, keypad_cursor_flag, mouse_any_flag, ...
function Get-ScreenFlag($Tmux, [string] $Name) { [int](Invoke-Tmux $Tmux display-message -p "#{$Name}") }

# The modes of the terminal, as stty writes them.
function Get-TerminalMode($Tmux) { & stty -F $Tmux.Tty -g }

function Stop-Tmux($Tmux) {
    if (-not $Tmux) { return }
    & tmux -S $Tmux.Socket kill-server 2>$null
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while ((Test-Path "/proc/$($Tmux.Pid)") -and $clock.Elapsed.TotalSeconds -lt 30) { Start-Sleep -Milliseconds 50 }
    if (Test-Path "/proc/$($Tmux.Pid)") { throw 'what ran on the terminal has outlived it' }
    Remove-Item $Tmux.Socket -ErrorAction Ignore
}

Export-ModuleMember -Function *
