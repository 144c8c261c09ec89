"""What arrives from people who mean no good, or do not know better: any JSON, half of a request, nobody who reads."""

import contextlib
import json
import random
import resource
import select
import socket
import statistics
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from serving import started

FIELDS = ["text", "prompt", "messages", "model", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "min_p", "n",
          "stop", "stop_sequences", "seed", "stream", "stream_options", "logprobs", "top_logprobs", "echo", "suffix", "best_of",
          "logit_bias", "user", "metadata", "tools", "tool_choice", "response_format", "presence_penalty", "frequency_penalty",
          "repetition_penalty", "ignore_eos", "priority", "system", "thinking", "tokens", "content", "with_pieces", "add_special",
          "add_special_tokens", "return_token_strs", "chat_template_kwargs", "add_generation_prompt", "id", "cancel", "input",
          "instructions", "encoding_format", "dimensions", "previous_response_id", "role", "type", ""]
PLACES = ["/predict", "/v1/completions", "/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens", "/tokenize",
          "/detokenize", "/apply-template", "/v1/responses", "/v1/embeddings"]
BASES = {
    "/predict": {"text": "a", "max_tokens": 2},
    "/v1/completions": {"prompt": "a", "max_tokens": 2},
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "a"}], "max_tokens": 2},
    "/v1/messages": {"messages": [{"role": "user", "content": "a"}], "max_tokens": 2},
    "/v1/messages/count_tokens": {"messages": [{"role": "user", "content": "a"}]},
    "/tokenize": {"prompt": "a"},
    "/detokenize": {"tokens": [1]},
    "/apply-template": {"messages": [{"role": "user", "content": "a"}]},
    "/v1/responses": {"input": "a", "max_output_tokens": 2},
    "/v1/embeddings": {"input": "a"},
}
SEEDS = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89]


def anything(chance: random.Random, depth: int = 0):
    kind = chance.randrange(9 if depth < 4 else 6)
    if kind == 0:
        return chance.choice([None, True, False])
    if kind == 1:
        return chance.choice([0, 1, -1, 2, 7, 64, 2**31, 2**53, -(2**63), 2**64 - 1, 10**30])
    if kind == 2:
        return chance.choice([0.0, 0.5, -0.5, 1.0, 2.0, 1e-320, 1e300, -1e300])
    if kind <= 4:
        return chance.choice(["", "a", "user", "system", "assistant", "tool", "text", "auto", "none", "json_object", "interactive", "\0",
                              "\ud83d\ude00", "{{ messages }}", "<|im_start|>", "<|im_end|>", "a" * chance.randrange(300)])
    if kind == 5:
        return chance.choice([[], {}, [[]], [None], {"": None}])
    if kind <= 7:
        return [anything(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(FIELDS): anything(chance, depth + 1) for _ in range(chance.randrange(5))}


def a_body(chance: random.Random, place: str):
    if chance.random() < 0.2:
        return anything(chance)
    made = dict(BASES[place])
    for _ in range(chance.randrange(1, 4)):
        made[chance.choice(FIELDS)] = anything(chance)
    for name in ("max_tokens", "max_completion_tokens"):  # what may be asked for is not to take for ever
        if isinstance(made.get(name), int) and not isinstance(made[name], bool) and made[name] > 4:
            made[name] = 4
    if "timeout" in made:
        del made["timeout"]  # one that is too short is the asker's own 503
    return made


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory):
    with started(tmp_path_factory.mktemp("storm") / "log", "--set", "limits.default_max_tokens=4", "--context", "256") as (url, process):
        yield url, process


@pytest.mark.parametrize("seed", SEEDS)
def test_any_json_is_answered(calm, seed: int):
    url, process = calm
    chance = random.Random(seed)
    with httpx.Client(base_url=url, timeout=60) as http:
        for number in range(60):
            place = chance.choice(PLACES)
            body = json.dumps(a_body(chance, place)).encode()
            answer = http.post(place, content=body, headers={"content-type": "application/json"})
            assert answer.status_code < 500, f"seed {seed}, number {number}: {place} {body!r}: {answer.status_code} {answer.text}"
            if answer.status_code >= 400:
                assert answer.json()["error"]["message"], (place, body)
            assert process.poll() is None
        assert http.get("/health").status_code == 200


# Sockets: as many as this process may open.


@contextlib.contextmanager
def many_files(wanted: int):
    """How many there may be; the limit of this process, and of the servers that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted + 500 if hard == resource.RLIM_INFINITY else min(hard, wanted + 500)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    try:
        yield min(wanted, max(soft, most) - 500)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def probe(url: str, times: int) -> list[float]:
    took = []
    with httpx.Client(base_url=url, timeout=20) as http:
        for _ in range(times):
            begin = time.perf_counter()
            assert http.get("/health").status_code == 200
            took.append((time.perf_counter() - begin) * 1000)
    return took


def resident(process) -> int:
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * 4096


def test_ten_thousand_who_never_finish_their_request(tmp_path: Path):
    with many_files(10_000) as many, started(tmp_path / "log", "--set", "limits.header_timeout=8") as (url, process):
        at = (urlsplit(url).hostname, urlsplit(url).port)
        before = resident(process)
        held = []
        try:
            for _ in range(many):
                sock = socket.create_connection(at, timeout=20)
                sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
                held.append(sock)
            took = probe(url, 100)
            grown = resident(process) - before
            print(f"{many} half-open sockets: /health median {statistics.median(took):.2f} ms, worst {max(took):.2f} ms, "
                  f"{grown / many / 1024:.1f} KB each")
            poll = select.poll()
            waiting = {}
            for sock in held:
                waiting[sock.fileno()] = sock
                poll.register(sock, select.POLLIN)
            deadline = time.monotonic() + 60
            refused = 0
            while waiting:
                assert time.monotonic() < deadline, f"{len(waiting)} of {many} are still open"
                for number, _ in poll.poll(1000):
                    refused += waiting[number].recv(4096).startswith(b"HTTP/1.1 408 ")
                    poll.unregister(number)
                    del waiting[number]
            assert refused == many
        finally:
            for sock in held:
                sock.close()
        assert probe(url, 5)


def test_a_thousand_who_do_not_read(tmp_path: Path):
    with many_files(1_000) as many, started(tmp_path / "log", "--set", "limits.slow_reader_timeout=3") as (url, process):
        at = (urlsplit(url).hostname, urlsplit(url).port)
        ask = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 600  # some 700 KB of answers
        held = []
        try:
            for _ in range(many):
                sock = socket.socket()
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                sock.connect(at)
                sock.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    sock.send(ask)
                held.append(sock)
            took = probe(url, 100)
            print(f"{many} slow readers: /health median {statistics.median(took):.2f} ms, worst {max(took):.2f} ms, "
                  f"{resident(process) / 1e6:.0f} MB resident")
            body = {"text": "Once upon a time", "max_tokens": 8}
            assert httpx.post(f"{url}/predict", json=body, timeout=60).json()["completion_tokens"] == 8
        finally:
            for sock in held:
                sock.close()
        assert probe(url, 5)
