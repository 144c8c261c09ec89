"""The command with real models."""

import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from hawser_command import BINARY, GEMMA3, SMOLLM2, hawser

PROMPT = "The capital of France is"


def test_tokenize_takes_text_from_everywhere(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text("Hello <|im_end|> world")
    ids = json.loads(hawser("tokenize", SMOLLM2, "-p", "Hello <|im_end|> world").out)
    assert ids == json.loads(hawser("tokenize", SMOLLM2, "--file", file).out)
    assert ids == json.loads(hawser("tokenize", SMOLLM2, stdin="Hello <|im_end|> world").out)
    assert 2 in ids
    assert 2 not in json.loads(hawser("tokenize", SMOLLM2, "--no-parse-special", "--file", file).out)
    assert json.loads(hawser("tokenize", SMOLLM2, "-p", "").out) == []
    missing = hawser("tokenize", SMOLLM2, "--file", tmp_path / "none")
    assert missing.code == 2
    assert f"{tmp_path / 'none'} cannot be read" in missing.said


def test_tokenize_adds_the_begin_token_unless_told_not_to() -> None:
    with_begin = json.loads(hawser("tokenize", GEMMA3, "-p", "Hello").out)
    without = json.loads(hawser("tokenize", GEMMA3, "-p", "Hello", "--no-special").out)
    assert with_begin == [2, *without]


def test_inspect_says_what_is_in_the_file() -> None:
    about = json.loads(hawser("inspect", SMOLLM2, "--json").out)
    assert about["decoder"]["layers"] == 30
    assert about["metadata"]["general.architecture"] == "llama"
    assert about["tensors"] == sum(t["tensors"] for t in about["tensors_by_type"].values())
    text = hawser("inspect", SMOLLM2).out
    assert "llama" in text
    assert "Q4_1" in text


def test_generate_prints_text_ids_or_json() -> None:
    text = hawser("generate", SMOLLM2, "-p", PROMPT, "--max-tokens", 8)
    assert text.code == 0, text.said
    whole = json.loads(hawser("generate", SMOLLM2, "-p", PROMPT, "--max-tokens", 8, "--json", "--logprobs", 3).out)
    assert whole["text"] + "\n" == text.out
    assert whole["prompt_tokens"] == 5
    assert whole["finish"] == "length"
    assert json.loads(hawser("generate", SMOLLM2, "-p", PROMPT, "--max-tokens", 8, "--ids").out) == whole["ids"]
    for token, one in zip(whole["ids"], whole["logprobs"], strict=True):
        assert one["id"] == token == one["top"][0]["id"]
        assert one["logprob"] == one["top"][0]["logprob"] <= 0
        assert len(one["top"]) == 3


def test_a_seed_gives_the_same_text_again() -> None:
    def once(seed: int) -> str:
        ran = hawser("generate", SMOLLM2, "-p", "Once", "--max-tokens", 16, "--temperature", 1, "--seed", seed)
        assert ran.code == 0
        return ran.out

    assert once(1) == once(1) != once(2)


def test_generate_through_the_chat_template_ends_by_itself() -> None:
    ran = json.loads(hawser("generate", SMOLLM2, "--chat", "-p", "Say hello.", "--max-tokens", 200, "--json").out)
    assert ran["finish"] == "stop"
    assert ran["prompt_tokens"] > 5


def test_a_prompt_longer_than_the_context_is_refused() -> None:
    ran = hawser("generate", SMOLLM2, "-p", "a b c d e f g h", "--context", 4)
    assert ran.code == 2
    assert "tokens" in ran.said


def test_perplexity_needs_two_windows_and_ends_with_the_number(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text("The quick brown fox jumps over the lazy dog. " * 40)
    ran = hawser("perplexity", SMOLLM2, "--file", file, "--context", 64)
    assert ran.code == 0, ran.said
    value = float(ran.out.split()[-1])
    assert 1 < value < 50
    # How the windows are cut does not depend on how many share a step.
    assert float(hawser("perplexity", SMOLLM2, "--file", file, "--context", 64, "--threads", 1).out.split()[-1]) == value
    ran = hawser("perplexity", SMOLLM2, "--file", file, "--context", 4096)
    assert ran.code == 2
    assert "two windows of 4096" in ran.said


def test_bench_measures_every_batch() -> None:
    ran = hawser("bench", SMOLLM2, "--prompt", 16, "--generate", 4, "--batch", "1,3", "--threads", 2, "--json")
    assert ran.code == 0, ran.said
    results = json.loads(ran.out)["results"]
    assert [r["batch"] for r in results] == [1, 3]
    assert all(r["prefill_tokens_per_second"] > 0 and r["decode_tokens_per_second"] > 0 for r in results)
    assert hawser("bench", SMOLLM2, "--prompt", 4, "--generate", 2, "--batch", 1).out.splitlines()[2].split()[0] == "batch"


def test_a_model_that_does_not_fit_is_code_75() -> None:
    ran = hawser("serve", SMOLLM2, "--port", 0, "--memory-limit", 50)
    assert ran.code == 75
    assert "memory_limit allows 50.0 MB: raise memory_limit" in ran.said


@pytest.fixture()
def server():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    process = subprocess.Popen([BINARY, "serve", SMOLLM2, "--port", str(port)], stderr=subprocess.PIPE, text=True)
    yield f"http://127.0.0.1:{port}", process
    process.kill()
    process.wait()


def fetch(url: str, body: dict | None = None) -> tuple[int, bytes]:
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(),
                                     {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def wait_for(url: str, path: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if fetch(url + path)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{path} did not answer 200 within {seconds} s")


def test_serve_answers_and_drains_on_a_signal(server) -> None:
    url, process = server
    wait_for(url, "/health")
    wait_for(url, "/ready")
    status, body = fetch(url + "/predict", {"text": PROMPT, "max_tokens": 4})
    assert status == 200
    assert json.loads(body)["text"]
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 0
    for words in (f"listening on {url}", f"ready on {url}", "SIGTERM received", "stopped"):
        assert words in said, said
