"""A server of asyncssh on loopback: commands run in a shell, sftp serves the files of this machine, and clients may
connect to anywhere from here.

Arguments: port, authorized_keys, options of asyncssh.listen as JSON, host keys...
"""

import asyncio
import json
import sys

import asyncssh


class Server(asyncssh.SSHServer):
    def connection_requested(self, dest_host, dest_port, orig_host, orig_port):
        return True

    def server_requested(self, listen_host, listen_port):
        return True


async def copy(source, target):
    while data := await source.read(65536):
        target.write(data)
        await target.drain()


async def feed(source, target):
    try:
        await copy(source, target)
        target.close()
    except (BrokenPipeError, ConnectionResetError):
        pass  # the command has ended without reading all


async def run(process):
    child = await asyncio.create_subprocess_shell(
        process.command or "exec sh",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    feeding = asyncio.ensure_future(feed(process.stdin, child.stdin))
    await asyncio.gather(copy(child.stdout, process.stdout), copy(child.stderr, process.stderr))
    status = await child.wait()
    feeding.cancel()
    process.exit(status)


async def main(port, authorized_keys, options, *host_keys):
    await asyncssh.listen(
        "127.0.0.1", int(port), server_factory=Server, process_factory=run, sftp_factory=True, encoding=None,
        server_host_keys=list(host_keys), authorized_client_keys=authorized_keys, **json.loads(options))
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
