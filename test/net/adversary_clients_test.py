"""What somebody would try who means harm (docs/security.md), against the real server with two keys."""

import base64
import json
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from crowd import Process
from serving import started

ALICE, BOB = "sk-alice-0123456789abcdef", "sk-bob-0123456789abcdef"
FILE = f"""
[[key]]
name = "alice"
key = "{ALICE}"
[[key]]
name = "bob"
key = "{BOB}"
"""
SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
HEAD = f"POST /tokenize HTTP/1.1\r\nHost: localhost\r\nx-api-key: {ALICE}\r\n"
BODY = '{"prompt":"a"}'
LENGTH = f"Content-Length: {len(BODY)}\r\n"
CHUNK = f"{len(BODY):x}\r\n{BODY}\r\n0\r\n\r\n"

# Each leaves it open where the body ends, for somebody. What follows must never be read as a request.
AMBIGUOUS = {
    "a length and chunks": LENGTH + "Transfer-Encoding: chunked\r\n\r\n" + CHUNK,
    "chunks and a length": "Transfer-Encoding: chunked\r\n" + LENGTH + "\r\n" + CHUNK,
    "two lengths": LENGTH + "Content-Length: 0\r\n\r\n" + BODY,
    "the same length twice": LENGTH + LENGTH + "\r\n" + BODY,
    "a list of lengths": f"Content-Length: {len(BODY)}, 0\r\n\r\n" + BODY,
    "a signed length": f"Content-Length: +{len(BODY)}\r\n\r\n" + BODY,
    "a hexadecimal length": f"Content-Length: 0x{len(BODY):x}\r\n\r\n" + BODY,
    "a length in two words": "Content-Length: 1 4\r\n\r\n" + BODY,
    "a length that overflows": f"Content-Length: {2**64 + len(BODY)}\r\n\r\n" + BODY,
    "a length behind a vertical tab": f"Content-Length:\x0b{len(BODY)}\r\n\r\n" + BODY,
    "a coding behind a vertical tab": LENGTH + "Transfer-Encoding:\x0bchunked\r\n\r\n" + CHUNK,
    "a coding with a space before its colon": LENGTH + "Transfer-Encoding : chunked\r\n\r\n" + CHUNK,
    "a coding in a folded field": LENGTH + "X: a\r\n Transfer-Encoding: chunked\r\n\r\n" + CHUNK,
    "a coding behind a bare line feed": LENGTH + "X: a\nTransfer-Encoding: chunked\r\n\r\n" + CHUNK,
    "a coding behind a bare carriage return": LENGTH + "X: a\rTransfer-Encoding: chunked\r\n\r\n" + CHUNK,
    "an empty coding": "Transfer-Encoding:\r\n\r\n" + CHUNK,
    "a coding in a list": "Transfer-Encoding: ,chunked\r\n\r\n" + CHUNK,
    "two codings": "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNK,
    "a coding in quotes": 'Transfer-Encoding: "chunked"\r\n\r\n' + CHUNK,
    "a coding with a parameter": "Transfer-Encoding: chunked;q=1\r\n\r\n" + CHUNK,
    "a chunk's size behind a space": f"Transfer-Encoding: chunked\r\n\r\n {len(BODY):x}\r\n{BODY}\r\n0\r\n\r\n",
    "a chunk's size before a space": f"Transfer-Encoding: chunked\r\n\r\n{len(BODY):x} \r\n{BODY}\r\n0\r\n\r\n",
    "a chunk's size with an underscore": "Transfer-Encoding: chunked\r\n\r\n0_e\r\n" + BODY + "\r\n0\r\n\r\n",
    "a chunk that ends with a line feed": f"Transfer-Encoding: chunked\r\n\r\n{len(BODY):x}\r\n{BODY}\n0\r\n\r\n",
    "a chunk that is longer than it says": f"Transfer-Encoding: chunked\r\n\r\n{len(BODY):x}\r\n{BODY}xx\r\n0\r\n\r\n",
    "a line feed in an extension": f"Transfer-Encoding: chunked\r\n\r\n{len(BODY):x};a\n{BODY}\r\n0\r\n\r\n",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Process]]:
    folder = tmp_path_factory.mktemp("adversary")
    keys = folder / "keys.toml"
    keys.write_text(FILE)
    with started(folder / "log", "--set", f"server.keys={keys}") as (url, process):
        yield url, Process(process.pid)


@pytest.fixture(scope="module")
def url(server) -> str:
    return server[0]


def connected(url: str) -> socket.socket:
    at = urlsplit(url)
    return socket.create_connection((at.hostname, at.port), timeout=30)


def everything(url: str, sent: str) -> str:
    """All that is answered until the server closes."""
    with connected(url) as s:
        s.sendall(sent.encode("latin-1"))
        got = b""
        while piece := s.recv(65536):
            got += piece
    return got.decode("latin-1")


def client(url: str, key: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=120)


@pytest.mark.parametrize("how", AMBIGUOUS)
def test_what_follows_an_ambiguous_body_is_not_read(url: str, how: str):
    got = everything(url, HEAD + AMBIGUOUS[how] + SMUGGLED)
    assert got.startswith("HTTP/1.1 4") or got.startswith("HTTP/1.1 501"), got[:200]
    assert got.count("HTTP/1.1 ") == 1 and "Connection: close" in got and "smuggled" not in got


@pytest.mark.parametrize("body", [LENGTH + "\r\n" + BODY, "Transfer-Encoding: chunked\r\n\r\n" + CHUNK])
def test_what_follows_a_plain_body_is(url: str, body: str):
    """Else the test before would say nothing."""
    got = everything(url, HEAD + body + SMUGGLED)
    assert got.startswith("HTTP/1.1 200") and got.count("HTTP/1.1 ") == 2 and "401" in got


def test_trailers_are_not_fields(url: str):
    trailers = f"{len(BODY):x}\r\n{BODY}\r\n0\r\nContent-Length: 500\r\nHost: evil.example\r\nx-api-key: nobody\r\nConnection: close\r\n\r\n"
    got = everything(url, HEAD + "Transfer-Encoding: chunked\r\n\r\n" + trailers + HEAD + "Connection: close\r\n" + LENGTH + "\r\n" + BODY)
    assert got.count("HTTP/1.1 200") == 2


def test_an_upgrade_that_is_not_made_leaves_a_plain_connection(url: str):
    head = f"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nx-api-key: {ALICE}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"
    got = everything(url, head + "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert got.startswith("HTTP/1.1 200") and "101" not in got[:20] and "HTTP/1.1 505" in got


@pytest.mark.parametrize("path", ["/%0d%0aX-Injected:%20y", "/%00", "/%ff%fe", "/..%2f..%2fetc%2fpasswd", "/v1/models/%22%0a", "/v1/responses/%c3%28"])
def test_a_path_ends_as_text(url: str, path: str):
    for key in (ALICE, "nobody"):
        got = everything(url, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nx-api-key: {key}\r\n\r\n")
        head, body = got.split("\r\n\r\n", 1)
        assert "injected" not in head.lower()
        assert json.loads(body.encode("latin-1").decode("utf-8"))["error"]["message"]


def test_a_name_in_the_target_counts(url: str):
    got = everything(url, f"GET http://evil.example/v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nx-api-key: {ALICE}\r\n\r\n")
    assert got.startswith("HTTP/1.1 403") and "host_not_allowed" in got


def test_a_response_belongs_to_its_key(url: str):
    with client(url, ALICE) as alice, client(url, BOB) as bob:
        made = alice.post("/v1/responses", json={"input": "My secret is 42.", "max_output_tokens": 4}).json()["id"]
        never = made[:-4] + ("0000" if made[-4:] != "0000" else "1111")
        for ask in (lambda who, name: who.get(f"/v1/responses/{name}"), lambda who, name: who.delete(f"/v1/responses/{name}"),
                    lambda who, name: who.post("/v1/responses", json={"input": "And?", "previous_response_id": name, "max_output_tokens": 1})):
            theirs, nobodys = ask(bob, made), ask(bob, never)
            assert theirs.status_code == nobodys.status_code and theirs.status_code in (400, 404)
            assert theirs.text.replace(made, "ID") == nobodys.text.replace(never, "ID")
        assert alice.get(f"/v1/responses/{made}").json()["id"] == made


def test_nobody_sees_what_anothers_prompt_has_left(url: str):
    text = "The number of the vault is four eight fifteen sixteen. " * 30
    ask = {"prompt": text, "max_tokens": 1, "temperature": 0}

    def cached(who: httpx.Client) -> int:
        answer = who.post("/v1/completions", json=ask)
        assert answer.status_code == 200 and (who is mine or "cache-status" not in answer.headers)
        return answer.json()["usage"]["prompt_tokens_details"]["cached_tokens"]

    with client(url, ALICE) as mine, client(url, BOB) as other:
        assert cached(mine) == 0
        assert cached(mine) > 0
        assert cached(other) == 0


def upgraded(url: str) -> socket.socket:
    s = connected(url)
    key = base64.b64encode(os.urandom(16)).decode()
    s.sendall(f"GET /predict HTTP/1.1\r\nHost: localhost\r\nx-api-key: {ALICE}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
    got = b""
    while b"\r\n\r\n" not in got:
        got += s.recv(4096)
    assert got.startswith(b"HTTP/1.1 101 ")
    return s


def masked(first: int, payload: bytes) -> bytes:
    assert len(payload) < 126
    return bytes([first, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


def closed_with(s: socket.socket) -> int | None:
    """The code of the close frame that comes, behind whatever else; None: none came."""
    got = b""
    try:
        while piece := s.recv(65536):
            got += piece
    except ConnectionResetError:
        pass
    at = got.rfind(b"\x88")
    return struct.unpack(">H", got[at + 2 : at + 4])[0] if at >= 0 else None


@pytest.mark.parametrize(("bytes_", "code"), [
    (bytes([0x81, 0xFF]) + struct.pack(">Q", 2**62) + b"\0\0\0\0", 1009),  # a message of four exabytes
    (bytes([0x81, 0xFF]) + struct.pack(">Q", 2**63) + b"\0\0\0\0", 1002),
    (bytes([0x81, 0x05]) + b"hello", 1002),  # no mask
    (masked(0xC1, b"a"), 1002),  # compressed
    (masked(0x09, b"a") + masked(0x80, b""), 1002),  # a ping in two
    (masked(0x01, b"") + masked(0x00, b"") * 200, 1009),  # a message of nothing, in pieces
    (masked(0x01, b'{"text":"\xff'), 1007),  # known to be wrong before it is whole
])
def test_a_websocket_ends_at_its_bounds(url: str, bytes_: bytes, code: int):
    with upgraded(url) as s:
        s.sendall(bytes_)
        assert closed_with(s) == code


def test_pings_that_nobody_reads_the_answers_of(server: tuple[str, Process]):
    url, process = server
    before = process.look()[0]
    flood = masked(0x89, b"x" * 125) * 4096
    with upgraded(url) as s:
        s.setblocking(False)
        sent = 0
        try:
            while sent < 64 * 1024 * 1024:
                sent += s.send(flood)
        except BlockingIOError:
            pass
        assert sent < 32 * 1024 * 1024  # it is not read any more
        assert httpx.get(f"{url}/health", timeout=10).status_code == 200
        assert process.look()[0] - before < 16
