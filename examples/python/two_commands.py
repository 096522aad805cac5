#!/usr/bin/env python3
"""Runs two commands at once over one login: two_commands.py [option ...] host command command

Starts `sshmux -M -S - [option ...] host` and speaks the multiplexing protocol on its standard input and output, without a
socket in the file system and without a library. docs/protocol.md describes it, PROTOCOL.mux and RFC 4254 the rest.
"""
import os
import struct
import subprocess
import sys

HELLO, ALIVE_CHECK, TERMINATE, PROXY = 0x1, 0x10000004, 0x10000005, 0x1000000F  # what a client says to the master
OK, ALIVE, PROXY_AGREED = 0x80000001, 0x80000005, 0x8000000F  # and what the master answers
OPEN, OPENED, REFUSED, ADJUST, DATA, EXTENDED_DATA, EOF, CLOSE, REQUEST, SUCCESS, FAILURE = range(90, 101)  # RFC 4254
WINDOW = 256 * 1024  # how much of a command's output may be on its way to us


def string(value):
    return struct.pack(">I", len(value)) + value


def cut(data):
    """Takes a string off the beginning; gives it and the rest."""
    end = 4 + struct.unpack_from(">I", data)[0]
    return data[4:end], data[end:]


class Master:
    def __init__(self, arguments):
        program = os.environ.get("SSHMUX", "sshmux")
        self.process = subprocess.Popen(
            [program, "-M", "-S", "-", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        hello = self.receive()
        if not hello or hello[:8] != struct.pack(">II", HELLO, 4) or b"stream@sshmux" not in hello:
            sys.exit(self.process.wait() or "this is no master of sshmux")
        self.send(struct.pack(">II", HELLO, 4))
        self.send(struct.pack(">II", PROXY, 0))
        if self.receive() != struct.pack(">II", PROXY_AGREED, 0):
            sys.exit("the master refused proxy mode")

    def send(self, body):
        self.process.stdin.write(string(body))  # a message is a string: its length, and what it says
        self.process.stdin.flush()

    def receive(self):
        length = self.process.stdout.read(4)
        return self.process.stdout.read(*struct.unpack(">I", length)) if length else None

    def say(self, number, *fields):
        """Sends an SSH message: behind its length a zero, which no request to the master begins with, and its number."""
        self.send(bytes([0, number]) + b"".join(struct.pack(">I", f) if isinstance(f, int) else f for f in fields))


class Command:
    def __init__(self, master, number, text):
        self.master, self.number, self.text = master, number, text
        self.remote = self.status = None
        self.line, self.open = b"", True
        master.say(OPEN, string(b"session"), number, WINDOW, 32768)

    def handle(self, kind, rest):
        if kind == OPENED:
            self.remote = struct.unpack_from(">I", rest)[0]
            self.master.say(REQUEST, self.remote, string(b"exec"), b"\1", string(self.text.encode()))
            self.master.say(EOF, self.remote)  # it gets no input
        elif kind in (DATA, EXTENDED_DATA):
            data, _ = cut(rest if kind == DATA else rest[4:])
            *lines, self.line = (self.line + data).split(b"\n")
            for line in lines:
                self.show(line)
            self.master.say(ADJUST, self.remote, len(data))  # shown, so as much more may come
        elif kind == REQUEST:
            name, rest = cut(rest)
            if name == b"exit-status":
                self.status = struct.unpack_from(">I", rest, 1)[0]
        elif kind in (CLOSE, REFUSED):
            if self.line:
                self.show(self.line)
            if kind == CLOSE:
                self.master.say(CLOSE, self.remote)
            self.open = False
        elif kind == FAILURE:
            sys.exit(f"{self.number}: the server does not run it")

    def show(self, line):
        print(f"{self.number}: {line.decode(errors='replace')}", flush=True)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    master = Master(sys.argv[1:-2])
    commands = [Command(master, number, text) for number, text in enumerate(sys.argv[-2:])]
    master.send(struct.pack(">II", ALIVE_CHECK, 1))  # a request to the master, among the messages of its channels
    while any(command.open for command in commands):
        frame = master.receive()
        if not frame:
            sys.exit("the connection has ended")
        if frame[0] == 0 and OPENED <= frame[1] <= FAILURE:
            commands[struct.unpack_from(">I", frame, 2)[0]].handle(frame[1], frame[6:])
        elif struct.unpack_from(">II", frame) == (ALIVE, 1):
            print(f"the master is process {struct.unpack_from('>I', frame, 8)[0]}", flush=True)
    for command in commands:
        print(f"{command.number}: exit status {command.status}")
    master.send(struct.pack(">II", TERMINATE, 2))
    ended = master.receive() == struct.pack(">II", OK, 2)
    return master.process.wait() if ended else "the master did not end"


if __name__ == "__main__":
    sys.exit(main())
