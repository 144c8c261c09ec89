"""What systemd relies on: notices, the watchdog's feed, sockets that are handed over, reloads, drains."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hawser_command import BINARY, ROOT, SMOLLM2
from supervised import Notices, Supervised, listening, supervised, until

UNITS = ROOT / "deploy" / "systemd"
WATCHDOG = 1.0  # seconds
KEYS = '[[key]]\nname = "ada"\nkey = "{}"\n'


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("etc") / "hawser.toml"
    file.write_text('[logging]\nlevel = "info"\nrequests = false\n')
    return file


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, config: Path) -> Iterator[Supervised]:
    with supervised(tmp_path_factory.mktemp("one"), "--config", config,
                    environment={"WATCHDOG_USEC": str(int(WATCHDOG * 1e6))}) as server:
        server.wait_ready()
        yield server


def test_it_is_ready_when_it_can_answer_and_not_before(one: Supervised) -> None:
    assert httpx.get(f"{one.url}/ready").status_code == 200
    said = [line for _, line in one.notices.said]
    assert said.index("READY=1") > said.index("EXTEND_TIMEOUT_USEC=30000000")
    assert one.notices.count("READY=1") == 1


def test_health_asks_and_says_so_by_its_exit_code(one: Supervised) -> None:
    asked = subprocess.run([BINARY, "health", "--port", str(one.port)], capture_output=True, text=True, check=False)
    assert (asked.returncode, asked.stdout.split()[0]) == (0, "200")
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        asked = subprocess.run([BINARY, "health", "--timeout", "0.2", "--port", str(deaf.getsockname()[1])], capture_output=True,
                               text=True, check=False)
        assert asked.returncode == 1
        assert "no answer" in asked.stdout


def test_the_status_line_says_what_runs(one: Supervised) -> None:
    assert one.notices.wait("STATUS=serving").endswith("0 running, 0 queued, kv 0 %")
    with httpx.stream("POST", f"{one.url}/v1/completions", timeout=60,
                      json={"prompt": "Count:", "max_tokens": 4000, "stream": True, "ignore_eos": True}) as answer:
        until(lambda: any("1 running" in line and "tokens/s" in line for line in one.notices.all("STATUS=")))
        assert answer.status_code == 200


def test_the_watchdog_is_fed(one: Supervised) -> None:
    before = one.notices.count("WATCHDOG=1")
    one.notices.wait("WATCHDOG=1", before + 3)


@contextlib.contextmanager
def stopped(thread: int) -> Iterator[None]:
    """One thread of another process stands still, the others go on."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    attach, detach, wait_for_threads = 16, 17, 0x40000000
    if libc.ptrace(attach, thread, None, None) != 0:
        pytest.skip(f"this machine lets nobody stop a thread: {os.strerror(ctypes.get_errno())}")
    os.waitpid(thread, wait_for_threads)
    try:
        yield
    finally:
        assert libc.ptrace(detach, thread, None, None) == 0


def threads_named(process: int, name: str) -> list[int]:
    tasks = Path(f"/proc/{process}/task")
    return sorted(int(task.name) for task in tasks.iterdir() if (task / "comm").read_text().strip() == name)


def feed_stops_and_comes_back(one: Supervised, still: contextlib.AbstractContextManager) -> None:
    one.notices.wait("WATCHDOG=1", one.notices.count("WATCHDOG=1") + 1)
    with still:
        # A sign of life for a question from before may be on its way; then none for longer than the watchdog waits.
        time.sleep(WATCHDOG / 2)
        fed = one.notices.count("WATCHDOG=1")
        time.sleep(1.5 * WATCHDOG)
        assert one.notices.count("WATCHDOG=1") == fed
    one.notices.wait("WATCHDOG=1", fed + 2)


@pytest.mark.parametrize("name", ["loop-0", "loop-1"])
def test_a_stopped_event_loop_gets_no_food(one: Supervised, name: str) -> None:
    (thread,) = threads_named(one.process.pid, name)
    feed_stops_and_comes_back(one, stopped(thread))


def test_a_stopped_process_gets_no_food(one: Supervised) -> None:
    @contextlib.contextmanager
    def still() -> Iterator[None]:
        one.process.send_signal(signal.SIGSTOP)
        yield
        one.process.send_signal(signal.SIGCONT)

    feed_stops_and_comes_back(one, still())


def test_a_reload_takes_hot_keys_and_names_the_others(one: Supervised, config: Path) -> None:
    httpx.get(f"{one.url}/version")
    config.write_text('[logging]\nrequests = true\n[scheduling]\nseats = 3\n')
    ready = one.notices.count("READY=1")
    one.process.send_signal(signal.SIGHUP)
    one.notices.wait("READY=1", ready + 1)
    assert int(one.notices.wait("MONOTONIC_USEC=").split("=")[1]) <= time.monotonic() * 1e6
    said = [line for _, line in one.notices.said]
    assert said.index("RELOADING=1") < len(said) - 1 - said[::-1].index("READY=1")
    one.wait_line("changed: logging.requests")
    one.wait_line("take effect at the next start: scheduling.seats")
    assert "GET /version" not in one.log.read_text()
    httpx.get(f"{one.url}/version")
    one.wait_line("GET /version 200")


def test_limits_and_targets_change_without_a_restart(one: Supervised, config: Path) -> None:
    config.write_text("[logging]\nrequests = true\n[limits]\nbody = 2000\ndefault_max_tokens = 3\n[overload]\nshed_all = 0.5\n")
    open_before = httpx.Client(base_url=one.url)
    long = {"text": "a" * 3000, "max_tokens": 1}
    assert open_before.post("/predict", json=long).status_code == 200
    ready = one.notices.count("READY=1")
    one.process.send_signal(signal.SIGHUP)
    one.notices.wait("READY=1", ready + 1)
    one.wait_line("overload.shed_all")
    refused = httpx.post(f"{one.url}/predict", json=long)
    assert refused.status_code == 413 and "2000" in refused.text
    assert open_before.post("/predict", json=long).status_code == 200  # a connection keeps what it began with
    short = httpx.post(f"{one.url}/v1/chat/completions", json={"messages": [{"role": "user", "content": "Count"}], "ignore_eos": True})
    assert short.json()["usage"]["completion_tokens"] == 3


def test_a_bad_file_changes_nothing_and_is_told_with_its_line(one: Supervised, config: Path) -> None:
    config.write_text('[logging]\nrequests = false\nlevle = "off"\n')
    ready = one.notices.count("READY=1")
    one.process.send_signal(signal.SIGHUP)
    one.notices.wait("READY=1", ready + 1)
    one.wait_line(f'nothing changed: {config}:3:1: unknown key "logging.levle": did you mean "logging.level"?')
    assert any("hawser.toml:3:1" in line for line in one.notices.all("STATUS=not reloaded"))
    httpx.get(f"{one.url}/health")
    one.wait_line("GET /health 200")


def test_a_drain_lets_a_stream_run_to_its_end(one: Supervised) -> None:
    with httpx.stream("POST", f"{one.url}/v1/completions", timeout=60,
                      json={"prompt": "Count:", "max_tokens": 120, "stream": True, "ignore_eos": True}) as answer:
        events = answer.iter_lines()
        assert next(events).startswith("data:")
        one.process.send_signal(signal.SIGTERM)
        one.notices.wait("STOPPING=1")
        rest = [line for line in events if line]
    assert rest[-1] == "data: [DONE]"
    assert len(rest) > 50
    assert one.process.wait(60) == 0
    assert int(one.notices.wait("EXTEND_TIMEOUT_USEC=35").split("=")[1]) == 35_000_000


def test_a_drain_is_bounded_and_a_feed_goes_on_meanwhile(tmp_path: Path) -> None:
    with supervised(tmp_path / "s", "--set", "server.drain_timeout=1500 ms", "--set", "logging.requests=true",
                    environment={"WATCHDOG_USEC": "500000"}) as one:
        one.wait_ready()
        with httpx.stream("POST", f"{one.url}/v1/completions", timeout=60,
                          json={"prompt": "Count:", "max_tokens": 100_000, "stream": True, "ignore_eos": True}) as answer:
            assert answer.status_code == 200
            fed = one.notices.count("WATCHDOG=1")
            one.process.send_signal(signal.SIGTERM)
            one.notices.wait("WATCHDOG=1", fed + 3)
            with contextlib.suppress(httpx.TransportError):
                answer.read()
        assert one.process.wait(30) == 0


def test_a_restart_refuses_nobody(tmp_path: Path) -> None:
    held = listening()
    over = threading.Event()
    answered: list[int] = []
    broken: list[str] = []

    def ask() -> None:
        while not over.is_set():
            try:
                with socket.create_connection(("127.0.0.1", held.getsockname()[1]), timeout=60) as line:
                    line.sendall(b"GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    answered.append(int((line.recv(4096) or b"- 0").split()[1]))
            except ConnectionRefusedError as e:
                broken.append(str(e))
            except (ConnectionResetError, BrokenPipeError):
                answered.append(0)  # accepted in the moment of the end; nothing was answered, so it may be asked again
            time.sleep(0.005)

    with supervised(tmp_path / "first", held=held) as first:
        first.wait_ready()
        clients = [threading.Thread(target=ask) for _ in range(4)]
        for client in clients:
            client.start()
        until(lambda: answered.count(200) > 50)
        assert first.end() == 0
    between = len(answered)
    with supervised(tmp_path / "second", held=held) as second:
        second.wait_ready()
        until(lambda: answered[between:].count(200) > 50)
        over.set()
        for client in clients:
            client.join(60)
        assert second.end() == 0
    held.close()
    assert broken == []
    assert answered.count(0) <= 4  # at most one a client


def test_an_own_socket_is_kept_over_a_crash_unless_the_address_changes(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with supervised(tmp_path / "first", "--port", port, environment={"LISTEN_FDS": "0"}) as first:
        first.wait_ready()
        first.notices.wait("FDNAME=kept")
        held = until(lambda: first.notices.kept)[0]
        assert held.getsockname() == ("127.0.0.1", port)
        first.process.kill()
        first.process.wait(10)
    held.set_inheritable(True)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as early:  # nobody is there to answer
        early.sendall(b"GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        with supervised(tmp_path / "second", "--port", port, held=held, names="kept") as second:
            assert early.recv(4096).startswith(b"HTTP/1.1 200")
            second.wait_ready()
            assert second.end() == 0
        with socket.create_server(("127.0.0.1", 0)) as free:
            other = free.getsockname()[1]
        with supervised(tmp_path / "third", "--port", other, held=held, names="kept") as third:
            third.notices.wait("FDSTOREREMOVE=1")
            third.wait_line(f"listening on http://127.0.0.1:{other}")
            assert until(lambda: third.notices.kept)[0].getsockname()[1] == other
            assert third.end() == 0
    held.close()


def test_systemd_itself_hands_the_socket_over(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    notices = Notices(tmp_path / "notify")
    with (tmp_path / "log").open("w") as out:
        process = subprocess.Popen(
            ["systemd-socket-activate", "-l", f"127.0.0.1:{port}", "--fdname=http", "-E", f"NOTIFY_SOCKET={notices.path}",
             BINARY, "serve", SMOLLM2], stdout=out, stderr=out)
    try:
        def answer() -> object:
            with contextlib.suppress(httpx.ConnectError):
                return httpx.get(f"http://127.0.0.1:{port}/version", timeout=60)

        assert until(answer).status_code == 200
        notices.wait("READY=1")
        assert f"listening on http://127.0.0.1:{port}" in (tmp_path / "log").read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)
        notices.close()


def test_a_descriptor_that_does_not_listen_is_refused(tmp_path: Path) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.set_inheritable(True)
        with supervised(tmp_path / "s", held=deaf) as one:
            assert one.process.wait(60) == 71
            assert "descriptor 3, which was to be the listening socket, cannot be used: it does not listen" in one.log.read_text()


def test_credentials_are_keys(tmp_path: Path) -> None:
    store = tmp_path / "credentials"
    store.mkdir()
    file = store / "hawser.keys"
    file.write_text(KEYS.format("a-secret-of-some-length-1"))
    with supervised(tmp_path / "s", environment={"CREDENTIALS_DIRECTORY": str(store)}) as one:
        one.wait_ready()
        models = f"{one.url}/v1/models"
        assert httpx.get(models).status_code == 401
        assert httpx.get(models, headers={"Authorization": "Bearer a-secret-of-some-length-1"}).status_code == 200
        file.write_text(KEYS.format("a-secret-of-some-length-2"))
        one.process.send_signal(signal.SIGHUP)
        one.notices.wait("READY=1", 2)
        assert httpx.get(models, headers={"Authorization": "Bearer a-secret-of-some-length-1"}).status_code == 401
        assert httpx.get(models, headers={"Authorization": "Bearer a-secret-of-some-length-2"}).status_code == 200
        assert one.end() == 0


@pytest.mark.parametrize(("unit", "most"), [("hawser.service", 1.2), ("hawser-gpu.service", 2.0)])
def test_units_are_hardened(unit: str, most: float) -> None:
    judged = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={round(most * 10)}",
                             UNITS / unit], capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout[-400:]
    score = float(judged.stdout.split("Overall exposure level for ")[1].split(":")[1].split()[0])
    assert 0 < score <= most


def test_units_are_right(tmp_path: Path) -> None:
    for unit in UNITS.iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace("/usr/bin/hawser", str(BINARY)))
    judged = subprocess.run(["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir())], capture_output=True, text=True,
                            check=False)
    assert (judged.returncode, judged.stdout, judged.stderr) == (0, "", "")
