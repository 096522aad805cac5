# A server of another make (asyncssh) that asks what OpenSSH's asks with PAM only, which is the machine's: for a password
# that has expired, and by keyboard-interactive, where the user's name says what: 'kbd' a password and a code,
# 'expired' the current password and a new one, twice.

$script:library = '/usr/lib/python3/dist-packages/asyncssh'

function Test-AskingServer { $IsWindows ? (Invoke-TestHost Test-AskingServer) : (Test-Path $script:library) }

# Its password is 'old password', which has expired for all but 'kbd'.
function Start-AskingServer {
    $server = $IsWindows ? (Invoke-TestHost Start-AskingServer) : (Start-AskingProgram)
    $folder = New-TestFolder
    $server.KnownHosts | Set-Content "$folder/known_hosts"
    @(
        'Host *'
        '  HostName 127.0.0.1'
        "  Port $($server.Port)"
        '  IdentityFile none'
        '  IdentityAgent none'
        "  UserKnownHostsFile $folder/known_hosts"
        '  GlobalKnownHostsFile none'
        '  StrictHostKeyChecking yes'
        # It has nothing post-quantum, and who names the methods is not warned.
        '  KexAlgorithms curve25519-sha256'
    ) | Set-Content "$folder/ssh_config"
    [pscustomobject]@{ Server = $server; Folder = $folder; SshConfig = "$folder/ssh_config" }
}

function Stop-AskingServer($Server) {
    if ($IsWindows) { $null = Invoke-TestHost Stop-AskingServer @{ Port = $Server.Server.Port } }
    else { Stop-AskingProgram $Server.Server }
    Remove-Item -Recurse -Force $Server.Folder
}

# The server itself, on this machine.
function Start-AskingProgram {
    $folder = New-TestFolder
    $null = New-TestKey "$folder/host"
    @'
import asyncio, sys, asyncssh

class Server(asyncssh.SSHServer):
    password = 'old password'

    def begin_auth(self, username):
        self.username = username
        return True

    def password_auth_supported(self):
        return self.username == 'me'

    def validate_password(self, username, password):
        if password == 'old password' and Server.password == password:
            raise asyncssh.PasswordChangeRequired('Your password has expired.')
        return password == Server.password

    def change_password(self, username, old_password, new_password):
        if old_password != Server.password:
            return False
        Server.password = new_password
        return True

    def kbdint_auth_supported(self):
        return self.username in ('kbd', 'expired')

    def get_kbdint_challenge(self, username, lang, submethods):
        self.rounds = 0
        return '', '', '', [('Password: ', False)]

    def validate_kbdint_response(self, username, responses):
        self.rounds += 1
        if self.username == 'kbd':
            if self.rounds == 1 and responses == ['old password']:
                return '', '', '', [('Verification code: ', False)]
            return self.rounds == 2 and responses == ['123456']
        if self.rounds == 1 and responses == ['old password']:
            return '', 'Your password has expired.', '', [('Current password: ', False)]
        if self.rounds == 2 and responses == ['old password']:
            return '', '', '', [('New password: ', False), ('Retype new password: ', False)]
        return self.rounds == 3 and responses == ['new password'] * 2

def run(process):
    process.stdout.write(process.command + '\n')
    process.exit(0)

async def main():
    server = await asyncssh.create_server(
        Server, '127.0.0.1', 0, server_host_keys=[sys.argv[1]], process_factory=run)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.wait_closed()

asyncio.run(main())
'@ | Set-Content "$folder/server.py"
    $start = [Diagnostics.ProcessStartInfo]::new('/usr/bin/python3')
    foreach ($argument in '-W', 'ignore', "$folder/server.py", "$folder/host") { $start.ArgumentList.Add($argument) }
    $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    $port = $process.StandardOutput.ReadLine()
    if (-not $port) { throw 'the server with asyncssh does not start' }
    [pscustomobject]@{
        Folder = $folder; Process = $process; Port = [int]$port
        KnownHosts = "[127.0.0.1]:$port $(Get-Content "$folder/host.pub")"
    }
}

function Stop-AskingProgram($Server) {
    $Server.Process.Kill()
    $Server.Process.WaitForExit()
    $Server.Process.Dispose()
    Remove-Item -Recurse -Force $Server.Folder
}

Export-ModuleMember -Function *
