"""`hawser top` against a server in a process of its own, and against what is none."""

import http.server
import json
import os
import pty
import re
import select
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator

import pytest
from hawser_command import BINARY, SMOLLM2, hawser

pytestmark = pytest.mark.skipif(not SMOLLM2.exists(), reason="no model")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = subprocess.Popen([BINARY, "serve", SMOLLM2, "--port", "0", "--context", "512"], stderr=subprocess.PIPE, text=True)
    found = None
    try:
        for line in server.stderr:
            if found := re.search(r"ready.*?(http://[\d.]+:\d+)", line):
                break
        assert found, "the server was not ready"
        threading.Thread(target=server.stderr.read, daemon=True).start()
        yield found[1]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def predict(url: str) -> None:
    body = json.dumps({"text": "One two three", "max_tokens": 8}).encode()
    computed = urllib.request.Request(url + "/predict", body, {"Cache-Control": "no-store"})
    with urllib.request.urlopen(computed, timeout=60) as answer:
        assert json.load(answer)["completion_tokens"] > 0


def rows(frame: str) -> dict[str, list[str]]:
    """Of each actor the columns behind its name; the tree is in the names' indentation."""
    made = {}
    for line in frame.splitlines()[3:]:
        if found := re.match(r"( *\S+(?: x \d+)?(?: \(\w+\))?)\s+(\S.*)", line):
            made[found[1]] = found[2].split()
    return made


def test_one_frame_shows_the_tree_and_what_was_done(url: str) -> None:
    predict(url)
    ran = hawser("top", url, "--once", "--interval", "0.2")
    assert ran.code == 0, ran.said
    assert "\033" not in ran.out
    assert re.match(r"hawser \S+ at 127\.0\.0\.1:\d+: \d+ actors, \d+ messages/s, busy \d+\.\d\d threads, ", ran.out)
    actors = rows(ran.out)
    names = {name.strip() for name in actors}
    assert {"listener", "session", "ingress", "batcher", "executor"} <= names, ran.out
    batcher = next(columns for name, columns in actors.items() if name.strip() == "batcher")
    assert int(batcher[6]) > 8  # at least a message a token
    assert batcher[5] == "0"  # restarts


def test_what_the_server_says_is_json_and_counts_go_on(url: str) -> None:
    before = json.loads(hawser("top", url, "--once", "--json").out)
    predict(url)
    after = json.loads(hawser("top", url, "--once", "--json").out)
    assert after["seconds"] > before["seconds"]

    def messages(page: dict, name: str) -> int:
        return sum(one["messages"] for one in page["actors"] if one["name"] == name)

    assert messages(after, "batcher") >= messages(before, "batcher") + 8
    ids = {one["id"] for one in after["actors"]}
    assert all(one["parent"] == 0 or one["parent"] in ids for one in after["actors"])


def test_a_request_that_a_proxy_handed_on_is_refused(url: str) -> None:
    asked = urllib.request.Request(url + "/v1/actors", headers={"X-Forwarded-For": "10.1.2.3"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked, timeout=20)
    assert refused.value.code == 403
    assert json.load(refused.value)["error"]["code"] == "local_only"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_terminal_is_left_as_it_was(url: str, how: signal.Signals) -> None:
    top, terminal = pty.openpty()
    watching = subprocess.Popen([BINARY, "top", url, "--interval", "0.1"], stdout=terminal, stderr=terminal)
    os.close(terminal)
    drawn = b""

    def read_until(mark: bytes, times: int) -> None:
        nonlocal drawn
        end = time.monotonic() + 30
        while drawn.count(mark) < times:
            assert select.select([top], [], [], max(0, end - time.monotonic()))[0], drawn
            try:
                drawn += os.read(top, 65536)
            except OSError:  # the other side has closed
                break

    try:
        read_until(b"\033[H", 3)
        watching.send_signal(how)
        assert watching.wait(30) == 0
        read_until(b"\033[?1049l", 1)
    finally:
        watching.kill()
        watching.wait()
        os.close(top)
    assert drawn.startswith(b"\033[?1049h\033[?25l")
    assert drawn.endswith(b"\033[?25h\033[?1049l")
    assert b"messages/s" in drawn


def test_a_pipe_gets_frame_after_frame(url: str) -> None:
    watching = subprocess.Popen([BINARY, "top", url, "--interval", "0.1"], stdout=subprocess.PIPE, text=True)
    heads = 0
    for line in watching.stdout:
        assert "\033" not in line
        heads += line.startswith("hawser ")
        if heads == 3:
            break
    watching.stdout.close()
    assert watching.wait(30) == -signal.SIGPIPE  # nobody reads any more: it ends as other programs do


class Stranger(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        ((404, b"no"), "has no page of its actors (404)"),
        ((403, b"no"), "on its own machine only"),
        ((500, b"no"), "answers 500"),
        ((200, b"<html>"), "but not as a hawser does: it is no JSON object"),
        ((200, b'{"people":[]}'), "but not as a hawser does: it has no list of actors"),
    ],
)
def test_what_is_no_hawser_is_said(answer: tuple[int, bytes], part: str) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Stranger) as stranger:
        stranger.answer = answer
        threading.Thread(target=stranger.serve_forever, daemon=True).start()
        ran = hawser("top", f"http://127.0.0.1:{stranger.server_port}", "--once")
        stranger.shutdown()
    assert ran.code == 76
    assert part in ran.said
    assert ran.said.count("\n") == 1


def test_a_server_that_is_not_there_is_said() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Stranger) as gone:
        port = gone.server_port
    ran = hawser("top", f"127.0.0.1:{port}", "--once")
    assert ran.code == 76
    assert f"no server answers at 127.0.0.1:{port}: Connection refused" in ran.said
