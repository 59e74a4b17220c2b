"""A terminal of its own for a command, begun in a way that is safe beside the threads of a test's own LanceDB."""

from __future__ import annotations

import os
import signal
import termios
from typing import Any

import pexpect
from ptyprocess import PtyProcess


class PseudoTerminal(pexpect.spawn):
    """pexpect.spawn that does not fork: a fork of a process that has threads may never come to its exec (seen, in CI)."""

    def _spawnpty(self, args: list[Any], **kwargs: Any) -> PtyProcess:
        master, slave = os.openpty()
        termios.tcsetwinsize(master, kwargs.get("dimensions", (24, 80)))
        opened = [(os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0)]  # by the leader of a session: becomes its terminal
        copied = [(os.POSIX_SPAWN_DUP2, 0, number) for number in (1, 2)]
        given = kwargs.get("env") or os.environ
        environ = {name: value for name, value in given.items() if name not in ("COLUMNS", "LINES")}  # the terminal tells
        # Tests that run in the background ignore Ctrl-C, and what they start would, too.
        heeded = [signal.SIGINT, signal.SIGQUIT, signal.SIGHUP]
        pid = os.posix_spawn(args[0], args, environ, file_actions=[*opened, *copied], setsid=True, setsigdef=heeded)
        os.close(slave)
        return PtyProcess(pid, master)
