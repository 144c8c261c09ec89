"""API keys and quotas as openai-python, anthropic-python and curl see them."""

import hashlib
import signal
import subprocess
import time
from pathlib import Path

import anthropic
import httpx
import openai
import pytest
from serving import started, wait_for_line

ALICE, BOB, SLOW, BATCH = (f"sk-{name}-0123456789abcdef" for name in ("alice", "bob", "slow", "batch"))
ASK = [{"role": "user", "content": "Say hello."}]
FILE = f"""
[[key]]
name = "alice"
key = "{ALICE}"
[[key]]
name = "bob"
sha256 = "{hashlib.sha256(BOB.encode()).hexdigest()}"
requests_per_minute = 1000
tokens_per_minute = 100000
[[key]]
name = "slow"
key = "{SLOW}"
requests_per_minute = 30
[[key]]
name = "batch"
key = "{BATCH}"
class = "batch"
tokens_per_minute = 60
"""


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "keys.toml"
    path.write_text(FILE)
    return path


@pytest.fixture(scope="module")
def guarded(keys: Path):
    with started(keys.parent / "log", "--set", f"server.keys={keys}") as (url, process):
        yield url, process


@pytest.fixture(scope="module")
def at(guarded) -> str:
    return guarded[0]


def ai(at: str, key: str, retries: int = 0) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{at}/v1", api_key=key, max_retries=retries)


def claude(at: str, retries: int = 0, **how) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=at, max_retries=retries, **how)


def test_without_a_key(at: str):
    model = ai(at, ALICE).models.list().data[0].id
    for key in ("sk-nobody-0123456789", ALICE[:-1], ALICE + "0"):
        with pytest.raises(openai.AuthenticationError) as refused:
            ai(at, key, retries=2).chat.completions.create(model=model, messages=ASK, max_tokens=1)
        assert refused.value.code == "invalid_api_key" and refused.value.request_id
        with pytest.raises(anthropic.AuthenticationError) as theirs:
            claude(at, api_key=key, retries=2).messages.create(model=model, messages=ASK, max_tokens=1)
        assert theirs.value.body["error"]["type"] == "authentication_error"
    for path, status in {"/health": 200, "/ready": 200, "/": 200, "/metrics": 401, "/version": 401, "/v1/models": 401,
                         "/nothing": 401}.items():
        assert httpx.get(at + path).status_code == status, path
    assert httpx.options(at + "/v1/models").status_code == 204


def test_with_a_key(at: str):
    model = ai(at, ALICE).models.list().data[0].id
    answer = ai(at, BOB).chat.completions.with_raw_response.create(model=model, messages=ASK, max_tokens=4)
    assert answer.parse().choices[0].message.content is not None
    assert answer.headers["x-ratelimit-limit-requests"] == "1000" and answer.headers["x-ratelimit-limit-tokens"] == "100000"
    assert int(answer.headers["x-ratelimit-remaining-tokens"]) < 100000
    for how in ({"api_key": BOB}, {"auth_token": BOB}):
        theirs = claude(at, **how).messages.with_raw_response.create(model=model, messages=ASK, max_tokens=4)
        assert theirs.parse().content[0].type == "text"
        assert int(theirs.headers["anthropic-ratelimit-requests-remaining"]) < 1000
        assert theirs.headers["anthropic-ratelimit-tokens-reset"].endswith("Z")
    with ai(at, BOB).chat.completions.with_streaming_response.create(model=model, messages=ASK, max_tokens=4, stream=True) as stream:
        assert "x-ratelimit-remaining-tokens" in stream.headers and "[DONE]" in "".join(stream.iter_lines())
    quotaless = ai(at, ALICE).chat.completions.with_raw_response.create(model=model, messages=ASK, max_tokens=1)
    assert not [name for name in quotaless.headers if name.startswith("x-ratelimit")]


def test_a_quota_of_requests_and_retries_that_wait(at: str):
    """Thirty at once, then one in two seconds: who obeys Retry-After comes through."""
    model = ai(at, ALICE).models.list().data[0].id
    refused = None
    for _ in range(40):
        answer = httpx.post(f"{at}/tokenize", json={"prompt": "a"}, headers={"x-api-key": SLOW})
        if answer.status_code == 429:
            refused = answer
            break
        assert answer.status_code == 200
    assert refused is not None and refused.json()["error"]["limit"] == "requests_per_minute"
    assert 1 <= int(refused.headers["retry-after"]) <= 2 and refused.headers["x-should-retry"] == "true"
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"
    with pytest.raises(openai.RateLimitError) as over:
        ai(at, SLOW).chat.completions.create(model=model, messages=ASK, max_tokens=1)
    assert over.value.code == "rate_limit_exceeded"
    with pytest.raises(anthropic.RateLimitError) as theirs:
        claude(at, api_key=SLOW).messages.create(model=model, messages=ASK, max_tokens=1)
    assert theirs.value.body["error"]["type"] == "rate_limit_error" and "retry-after" in theirs.value.response.headers
    begin = time.monotonic()
    assert ai(at, SLOW, retries=3).chat.completions.create(model=model, messages=ASK, max_tokens=1).choices
    assert claude(at, api_key=SLOW, retries=3).messages.create(model=model, messages=ASK, max_tokens=1).content is not None
    assert time.monotonic() - begin > 1  # the two could not both come at once


def test_a_quota_of_tokens_that_is_used_up_for_long(at: str):
    model = ai(at, ALICE).models.list().data[0].id
    above = httpx.post(f"{at}/predict", json={"text": "a", "priority": "interactive"}, headers={"x-api-key": BATCH})
    assert above.status_code == 403 and above.json()["error"]["code"] == "class_not_allowed"
    long = "word " * 400  # some four hundred tokens of sixty a minute: owed for minutes
    assert ai(at, BATCH).completions.create(model=model, prompt=long, max_tokens=1).choices
    begin = time.monotonic()
    with pytest.raises(openai.RateLimitError) as over:
        ai(at, BATCH, retries=2).completions.create(model=model, prompt="a", max_tokens=1)
    assert time.monotonic() - begin < 10  # told not to come back
    assert over.value.response.headers["retry-after"] == "120" and over.value.response.headers["x-should-retry"] == "false"
    above = httpx.post(f"{at}/predict", json={"text": "a", "priority": "interactive"}, headers={"x-api-key": BATCH})
    assert above.status_code == 429  # what it asks for is not looked at any more


def test_answers_are_each_keys_own(at: str):
    body = {"text": "A hawser is", "max_tokens": 4}
    first = httpx.post(f"{at}/predict", json=body, headers={"x-api-key": ALICE})
    assert first.status_code == 200 and "cache-status" not in first.headers
    assert httpx.post(f"{at}/predict", json=body, headers={"x-api-key": ALICE}).headers["cache-status"] == "hawser; hit"
    other = httpx.post(f"{at}/predict", json=body, headers={"x-api-key": BOB})
    assert "cache-status" not in other.headers and other.json()["cached_tokens"] == 0
    assert httpx.delete(f"{at}/cache", headers={"x-api-key": BOB}).json() == {"purged": 1}
    assert httpx.post(f"{at}/predict", json=body, headers={"x-api-key": ALICE}).headers["cache-status"] == "hawser; hit"


def test_the_file_is_read_again(guarded, keys: Path):
    at, process = guarded
    log = keys.parent / "log"
    carol = "sk-carol-0123456789abcdef"
    keys.write_text(FILE + f'[[key]]\nname = "carol"\nkey = "{carol}"\nweight = "much"\n')
    process.send_signal(signal.SIGHUP)
    wait_for_line(log, "nothing changed")
    assert f"{keys}:22:10: key.weight: expected a number from 0.01 to 1000" in log.read_text()
    assert httpx.get(f"{at}/v1/models", headers={"x-api-key": carol}).status_code == 401
    assert httpx.get(f"{at}/v1/models", headers={"x-api-key": ALICE}).status_code == 200
    with httpx.Client(base_url=at, headers={"x-api-key": ALICE}) as kept:
        assert kept.get("/v1/models").status_code == 200
        keys.write_text(f'[[key]]\nname = "carol"\nkey = "{carol}"\n')
        process.send_signal(signal.SIGHUP)
        wait_for_line(log, "were read again")
        assert kept.get("/v1/models").status_code == 401  # on an open connection, too
    assert httpx.get(f"{at}/v1/models", headers={"x-api-key": carol}).status_code == 200


def test_a_file_with_a_mistake_is_said_at_the_start(tmp_path: Path):
    from serving import BINARY, MODEL
    wrong = tmp_path / "keys.toml"
    wrong.write_text('[[key]]\nname = "a"\nkey = "short"\n')
    ended = subprocess.run([BINARY, "serve", MODEL, "--port", "0", "--set", f"server.keys={wrong}"], capture_output=True, text=True,
                           timeout=60, check=False)
    assert ended.returncode == 64 and f"{wrong}:3:7: key.key: expected 16 to 512" in ended.stderr, ended.stderr


def test_other_names_of_this_machine_are_refused(at: str):
    key = {"x-api-key": ALICE}
    for host, status in {"localhost:1": 200, "evil.example": 403, "127.0.0.1": 200}.items():
        assert httpx.get(f"{at}/version", headers=key | {"host": host}).status_code in (status, 401), host
    assert httpx.get(f"{at}/version", headers={"host": "evil.example"}).json()["error"]["code"] == "host_not_allowed"
    assert httpx.get(f"{at}/health", headers={"host": "evil.example"}).status_code == 200
