"""TLS as httpx, curl, websockets and Python's ssl see it, with certificates that are made here."""

import contextlib
import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import openai
import pytest
from serving import BINARY, MODEL, started, wait_for_line
from websockets.sync.client import connect as open_socket


def make(folder: Path, name: str, *, number: int = 1) -> None:
    """A key and a certificate that it has signed itself, for this machine."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-set_serial", str(number),
                    "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"], check=True, capture_output=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    for number, name in enumerate(("one", "two"), 1):
        make(folder, name, number=number)
    shutil.copy(folder / "one.pem", folder / "now.pem")
    shutil.copy(folder / "one.key", folder / "now.key")
    return folder


def trusting(files: Path, name: str = "one") -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(files / f"{name}.pem"))


@pytest.fixture(scope="module")
def server(files: Path):
    flags = ["--set", f"server.certificate={files / 'now.pem'}", "--set", f"server.private_key={files / 'now.key'}",
             "--set", "limits.header_timeout=2"]
    with started(files / "log", *flags, scheme="https", verify=trusting(files)) as (url, process):
        yield url, process


@pytest.fixture(scope="module")
def url(server) -> str:
    return server[0]


@contextlib.contextmanager
def plain(url: str):
    at = urlsplit(url)
    with socket.create_connection((at.hostname, at.port), timeout=20) as sock:
        yield sock


@contextlib.contextmanager
def secured(url: str, context: ssl.SSLContext):
    with plain(url) as sock, context.wrap_socket(sock, server_hostname="localhost") as tls:
        yield tls


def everything(sock: socket.socket) -> bytes:
    got = b""
    while piece := sock.recv(65536):
        got += piece
    return got


def test_answers_and_streams(url: str, files: Path):
    with httpx.Client(base_url=url, verify=trusting(files), timeout=60) as http:
        assert http.get("/health").json() == {"status": "ok"}
        answer = http.post("/predict", json={"text": "Once", "max_tokens": 8}).json()
        assert answer["completion_tokens"] == 8
        with http.stream("POST", "/predict", json={"text": "Once", "max_tokens": 8, "stream": True}) as stream:
            frames = [line for line in stream.iter_lines() if line]
        assert frames[-1] == "data: [DONE]"
        # Larger than a record, than the socket's buffers, and than what is parsed at once, both ways.
        long = "word " * 300_000
        told = http.post("/tokenize", json={"prompt": long, "return_token_strs": True}).json()
        assert told["count"] >= 300_000 and len(told["token_strs"]) == told["count"]
    ai = openai.OpenAI(base_url=f"{url}/v1", api_key="none", http_client=httpx.Client(verify=trusting(files)))
    assert ai.models.list().data


def test_curl(url: str, files: Path):
    asked = subprocess.run(["curl", "-sS", "--cacert", files / "one.pem", "-w", "%{http_version} %{ssl_verify_result}", "-o",
                            files / "out", f"{url}/version"], capture_output=True, text=True, timeout=30, check=True)
    assert asked.stdout == "1.1 0" and json.loads((files / "out").read_text())["version"]


def test_a_websocket(url: str, files: Path):
    with open_socket(url.replace("https", "wss") + "/predict", ssl=trusting(files), compression=None) as talk:
        talk.send(json.dumps({"id": "a", "text": "Once", "max_tokens": 4, "stream": False}))
        assert json.loads(talk.recv(timeout=60))["completion_tokens"] == 4


@pytest.mark.parametrize("version, good", [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True),
                                           (ssl.TLSVersion.TLSv1_3, True)])
def test_versions(url: str, files: Path, version: ssl.TLSVersion, good: bool):
    context = trusting(files)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    if not good:
        with pytest.raises((ssl.SSLError, ConnectionError)), secured(url, context):
            pass
        return
    with secured(url, context) as tls:
        tls.sendall(b"GET /health HTTP/1.0\r\n\r\n")
        assert everything(tls).endswith(b'{"status":"ok"}')


def test_weak_ciphers_are_refused(url: str, files: Path):
    context = trusting(files)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)), secured(url, context):
        pass


def test_protocols(url: str, files: Path):
    context = trusting(files)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with secured(url, context) as tls:
        assert tls.selected_alpn_protocol() == "http/1.1"
    context.set_alpn_protocols(["h2"])
    with pytest.raises((ssl.SSLError, ConnectionError)), secured(url, context):
        pass


def test_plain_http_is_told_so(url: str):
    with plain(url) as sock:
        sock.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = everything(sock)
    assert got.startswith(b"HTTP/1.1 400 ") and b"https://" in got


def test_a_handshake_has_its_time(url: str):
    begin = time.monotonic()
    with plain(url) as silent:
        assert everything(silent) == b""
    with plain(url) as slow:
        slow.sendall(b"\x16\x03\x01\x02")  # the beginning of a greeting
        assert everything(slow) == b""
    assert 3 < time.monotonic() - begin < 15


def test_nonsense_closes_one_connection_only(url: str, files: Path):
    for bytes_ in (b"\x00" * 100, b"\x16\x03\x01\x00\x05hello", b"\xff" * 5000):
        with plain(url) as sock, contextlib.suppress(ConnectionError):
            sock.sendall(bytes_)
            everything(sock)
    assert httpx.get(f"{url}/health", verify=trusting(files)).status_code == 200


def test_another_certificate_takes_over(server, files: Path):
    url, process = server
    log = files / "log"
    with httpx.Client(base_url=url, verify=trusting(files)) as kept:
        assert kept.get("/health").status_code == 200
        shutil.copy(files / "two.pem", files / "now.pem")
        process.send_signal(signal.SIGHUP)  # half of it: refused as a whole
        wait_for_line(log, f"{files / 'now.key'} does not belong to the certificate in {files / 'now.pem'}")
        assert httpx.get(f"{url}/health", verify=trusting(files)).status_code == 200
        shutil.copy(files / "two.key", files / "now.key")
        process.send_signal(signal.SIGHUP)
        wait_for_line(log, "were read again")
        assert httpx.get(f"{url}/health", verify=trusting(files, "two")).status_code == 200
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/health", verify=trusting(files))
        assert kept.get("/health").status_code == 200  # its connection was never closed


def test_bad_files_are_said_in_a_sentence(files: Path, tmp_path: Path):
    (tmp_path / "empty").write_text("")
    subprocess.run(["openssl", "pkey", "-in", files / "one.key", "-aes128", "-passout", "pass:word", "-out", tmp_path / "locked"],
                   check=True, capture_output=True)
    one, key = files / "one.pem", files / "one.key"
    for certificate, private, said in [
        (tmp_path / "none", key, "server.certificate: .*/none cannot be read: No such file or directory"),
        (one, tmp_path / "none", "server.private_key: .*/none cannot be read: No such file"),
        (tmp_path / "empty", key, "server.certificate: .*/empty is not a certificate in PEM form: "),
        (key, key, "server.certificate: .*/one.key is not a certificate in PEM form: "),
        (one, tmp_path / "empty", "server.private_key: .*/empty is not a private key in PEM form: "),
        (one, files / "two.key", "server.private_key: .*/two.key does not belong to the certificate in .*/one.pem"),
        (one, tmp_path / "locked", "server.private_key: .*/locked is locked by a passphrase"),
        (one, "", "server.certificate and server.private_key belong together"),
    ]:
        ended = subprocess.run([BINARY, "serve", MODEL, "--port", "0", "--set", f"server.certificate={certificate}", "--set",
                                f"server.private_key={private}"], capture_output=True, text=True, timeout=60, check=False)
        lines = [line for line in ended.stderr.splitlines() if "environment variable" not in line]
        assert ended.returncode == 64 and len(lines) == 1 and re.search(said, lines[0]), (said, ended.stderr)
