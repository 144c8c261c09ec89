"""hawser as systemd starts it: a socket for notices, a watchdog, sockets that listen already. A stand-in for systemd itself,
which is not there where tests run."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from hawser_command import BINARY, SMOLLM2

PATIENCE = 60.0


def until(what: Callable[[], object], within: float = PATIENCE) -> object:
    """What it says once it says anything."""
    deadline = time.monotonic() + within
    while not (said := what()):
        assert time.monotonic() < deadline, "nothing came of it"
        time.sleep(0.02)
    return said


class Notices:
    """The other end of NOTIFY_SOCKET: keeps all that is said, with its time."""

    def __init__(self, where: Path):
        self.path = where
        self.said: list[tuple[float, str]] = []
        self.kept: list[socket.socket] = []  # what it was given to hold
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(where))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                text, given, _, _ = socket.recv_fds(self._socket, 65536, 4)
                if not text:
                    break
                now = time.monotonic()
                self.kept += [socket.socket(fileno=descriptor) for descriptor in given]
                self.said += [(now, line) for line in text.decode().split("\n") if line]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._reader.join(10)

    def all(self, start: str) -> list[str]:
        return [line for _, line in list(self.said) if line.startswith(start)]

    def count(self, start: str) -> int:
        return len(self.all(start))

    def wait(self, start: str, count: int = 1) -> str:
        """The `count`-th line that begins so."""
        return str(until(lambda: self.all(start)[count - 1:count])[0])

    def last(self, start: str) -> float:
        return max(at for at, line in list(self.said) if line.startswith(start))


def listening(port: int = 0) -> socket.socket:
    held = socket.create_server(("127.0.0.1", port), backlog=512)
    held.set_inheritable(True)
    return held


class Supervised:
    def __init__(self, folder: Path, held: socket.socket, flags: tuple[object, ...], environment: dict[str, str], names: str):
        self.notices = Notices(folder / "notify")
        self.log = folder / "log"
        self.port = held.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        clean = {k: v for k, v in os.environ.items() if not k.startswith("HAWSER_")}
        # Plain, also where a container would make it JSON.
        variables = clean | {"HAWSER_LOGGING_FORMAT": "plain", "NOTIFY_SOCKET": str(self.notices.path), "LISTEN_FDS": "1", "LISTEN_FDNAMES": names} | environment
        # LISTEN_PID is the process's own, and descriptor 3 the socket.
        script = 'fd=$1; shift; [ "$fd" = 3 ] || eval "exec 3<&$fd $fd<&-"; LISTEN_PID=$$; export LISTEN_PID; exec "$@"'
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                ["bash", "-c", script, "-", str(held.fileno()), BINARY, "serve", SMOLLM2, *map(str, flags)],
                stdout=out, stderr=out, env=variables, pass_fds=[held.fileno()])

    def wait_ready(self) -> None:
        until(lambda: self.notices.count("READY=1") or self.process.poll() is not None)
        assert self.process.poll() is None, self.log.read_text()

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def wait_line(self, text: str) -> None:
        until(lambda: text in self.log.read_text())


@contextlib.contextmanager
def supervised(folder: Path, *flags: object, environment: dict[str, str] | None = None, held: socket.socket | None = None,
               names: str = "http") -> Iterator[Supervised]:
    folder.mkdir(exist_ok=True)
    own = held or listening()
    one = Supervised(folder, own, flags, environment or {}, names)
    try:
        yield one
    finally:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGCONT)
            one.process.kill()
            one.process.wait(10)
        one.notices.close()
        if held is None:
            own.close()
        print(one.log.read_text()[-3000:])
