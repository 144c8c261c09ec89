"""A real nginx with deploy/nginx/hawser.conf before three instances: one is killed, one drains, one is full."""

import json
import re
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from serving import BINARY, MODEL, ROOT, free_port, wait_ready
from small_model import write_small_model
from websockets.sync.client import connect

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"


@dataclass
class Instance:
    model: Path
    port: int
    flags: tuple[str, ...] = ()
    process: subprocess.Popen = field(init=False)

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            [BINARY, "serve", self.model, "--port", str(self.port), "--threads", "1", "--context", "1024", "--log-level", "error", *self.flags],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_ready(self.url, self.process)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


@dataclass
class House:
    url: str
    instances: list[Instance]


def configuration(folder: Path, listen: int, ports: list[int]) -> Path:
    """The deployed file with these ports, and which instance answered in each answer's head."""
    text = (ROOT / "deploy" / "nginx" / "hawser.conf").read_text()
    for number, port in enumerate(ports):
        text = text.replace(f"127.0.0.1:{8000 + number}", f"127.0.0.1:{port}")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{listen};")
    assert all(f":{port}" in text for port in (listen, *ports))
    paths = " ".join(f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    whole = folder / "nginx.conf"
    whole.write_text(f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
                     f"events {{ worker_connections 512; }}\nhttp {{ access_log off; {paths}\nadd_header X-Instance $upstream_addr always;\n{text}\n}}\n")
    return whole


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    small = tmp_path_factory.mktemp("model") / "small.gguf"
    write_small_model(MODEL, small)
    yield small
    small.unlink()


@pytest.fixture
def house(model: Path, tmp_path: Path) -> Iterator[House]:
    """The first instance can do two requests at once and has no queue; the others are as they come."""
    ports = [free_port() for _ in range(3)]
    first = ("--set", "scheduling.requests=2")
    instances = [Instance(model, port, first if number == 0 else ()) for number, port in enumerate(ports)]
    listen = free_port()
    nginx = subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(configuration(tmp_path, listen, ports)), "-e", str(tmp_path / "error.log")])
    try:
        url = f"http://127.0.0.1:{listen}"
        wait_ready(url, nginx)
        yield House(url, instances)
    finally:
        nginx.terminate()
        nginx.wait(10)
        for one in instances:
            one.end()


@dataclass
class Seen:
    """Of one request: whether it is whole, and which instance had begun to answer it."""

    whole: bool
    began_at: str = ""
    said: str = ""


def stream(http: httpx.Client, number: int) -> Seen:
    body = {"messages": [{"role": "user", "content": f"Count to {number}"}], "max_tokens": 30, "ignore_eos": True, "stream": True}
    began = ""
    try:
        with http.stream("POST", "/v1/chat/completions", json=body, headers={"Cache-Control": "no-store"}) as answer:
            began = answer.headers.get("x-instance", "").split(",")[-1].strip() if answer.status_code == 200 else ""
            text = answer.read().decode()
        return Seen(answer.status_code == 200 and text.endswith("data: [DONE]\n\n"), began, f"{answer.status_code} {text[-200:]}")
    except httpx.TransportError as lost:
        return Seen(False, began, repr(lost))


def plain(http: httpx.Client, number: int) -> Seen:
    try:
        answer = http.post("/predict", json={"text": f"Count {number}", "max_tokens": 20, "ignore_eos": True}, headers={"Cache-Control": "no-store"})
    except httpx.TransportError as lost:
        return Seen(False, "", repr(lost))
    return Seen(answer.status_code == 200 and answer.json()["completion_tokens"] == 20, said=f"{answer.status_code} {answer.text[:200]}")


def under_load(house: House, event, clients: int = 8, least: int = 240) -> list[Seen]:
    """Requests of several clients until there were `least`, with the event in the middle of them."""
    seen: list[Seen] = []
    happened = threading.Event()

    def client(first: int) -> None:
        with httpx.Client(base_url=house.url, timeout=60) as http:
            number = first
            while len(seen) < least or not happened.is_set():
                seen.append((stream if number % 2 else plain)(http, number))
                number += clients + 1

    with ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(client, first) for first in range(clients)]
        while len(seen) < least / 3:
            time.sleep(0.005)
        try:
            event()
        finally:
            happened.set()
        for one in running:
            one.result()
    return seen


def lost(seen: list[Seen], port: int | None = None) -> list[str]:
    """What was not answered, but for what an instance had begun to answer when it was killed."""
    return [one.said for one in seen if not one.whole and not (port and one.began_at == f"127.0.0.1:{port}")]


def test_one_is_killed(house: House) -> None:
    victim = house.instances[1]
    seen = under_load(house, victim.process.kill)
    assert not lost(seen, victim.port)
    at = Counter(one.began_at for one in seen if one.began_at)
    assert at[f"127.0.0.1:{victim.port}"] > 0  # it had its share before
    assert seen[-1].began_at != f"127.0.0.1:{victim.port}"


def test_one_drains(house: House) -> None:
    leaving = house.instances[1]

    def drain() -> None:
        leaving.process.send_signal(signal.SIGTERM)
        assert leaving.process.wait(30) == 0

    assert not lost(under_load(house, drain))


def test_one_is_full(house: House) -> None:
    """Two clients keep the small instance busy from the side; whoever comes through nginx is answered by another."""
    small = house.instances[0]
    over = threading.Event()

    def occupy(_: int) -> None:
        body = {"text": "Very long", "max_tokens": 900, "ignore_eos": True, "stream": True, "timeout": 60}
        with httpx.Client(base_url=small.url, timeout=60) as http:
            while not over.is_set():
                with http.stream("POST", "/predict", json=body, headers={"Cache-Control": "no-store"}) as answer:
                    for _piece in answer.iter_raw():
                        if over.is_set():
                            break

    with ThreadPoolExecutor(4) as pool:
        busy = [pool.submit(occupy, number) for number in range(4)]
        try:
            seen = under_load(house, lambda: None)
        finally:
            over.set()
        for one in busy:
            one.result()
    assert not lost(seen)
    refused = re.findall(r'vllm:admission_rejections_total\{[^}]*\} ([0-9.]+)', httpx.get(f"{small.url}/metrics").text)
    assert sum(map(float, refused)) > 0
    assert any(one.began_at and one.began_at != f"127.0.0.1:{small.port}" for one in seen)


def test_streams_sockets_and_pages_go_through(house: House) -> None:
    body = {"text": "One", "max_tokens": 60, "ignore_eos": True, "stream": True}
    with httpx.stream("POST", f"{house.url}/predict", json=body, timeout=60) as answer:
        assert answer.status_code == 200
        assert len(list(answer.iter_raw())) > 5  # as they come, not in one piece
    with connect(house.url.replace("http", "ws") + "/predict") as socket:
        socket.send(json.dumps({"id": "a", "text": "Hello", "max_tokens": 4, "ignore_eos": True}))
        said = [json.loads(socket.recv(30))]
        while "finish_reason" not in said[-1]:
            said.append(json.loads(socket.recv(30)))
        assert all(one["id"] == "a" for one in said)
    assert httpx.get(f"{house.url}/v1/models").json()["data"]
    assert httpx.get(f"{house.url}/metrics").status_code == 404


def test_nobody_is_left(house: House) -> None:
    for one in house.instances:
        one.end()
    answer = httpx.post(f"{house.url}/predict", json={"text": "a"}, timeout=30)
    assert answer.status_code == 503 and answer.json()["error"]["code"] == "not_ready"
    assert answer.headers["retry-after"] == "2"
