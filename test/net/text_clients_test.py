"""Texts to tokens and back, chats to texts, the server's load: in vLLM's words and in llama.cpp's."""

import asyncio

import httpx
import openai
import pytest

CHAT = [{"role": "user", "content": "Say hello."}]


@pytest.mark.parametrize("text", ["", "Hello, world", "  two  spaces\n", "naïve 测试 🙂", "<|im_start|>user", "x" * 5000])
def test_tokens_and_back(http: httpx.Client, text: str):
    got = http.post("/tokenize", json={"prompt": text, "add_special_tokens": False, "return_token_strs": True}).json()
    assert got["count"] == len(got["tokens"]) == len(got["token_strs"]) and got["max_model_len"] >= 512
    assert http.post("/detokenize", json={"tokens": got["tokens"]}).json() == {"prompt": text, "content": text}
    theirs = http.post("/tokenize", json={"content": text, "with_pieces": True}).json()
    assert [t["id"] for t in theirs["tokens"]] == got["tokens"]
    bytes_of = [t["piece"].encode() if isinstance(t["piece"], str) else bytes(t["piece"]) for t in theirs["tokens"]]
    assert b"".join(bytes_of).decode() == text


def test_a_chat_costs_what_is_counted(http: httpx.Client, ai: openai.OpenAI, model: str):
    text = http.post("/apply-template", json={"messages": CHAT}).json()["prompt"]
    assert "Say hello." in text
    counted = http.post("/tokenize", json={"messages": CHAT}).json()
    assert counted["tokens"] == http.post("/tokenize", json={"prompt": text, "add_special_tokens": False}).json()["tokens"]
    answer = ai.chat.completions.create(model=model, messages=CHAT, max_tokens=1)
    assert answer.usage.prompt_tokens == counted["count"]


def test_wrong_texts_are_named(http: httpx.Client):
    for path, body, param in (("/tokenize", {}, "prompt"), ("/tokenize", {"prompt": 5}, "prompt"),
                              ("/detokenize", {"tokens": [2**30]}, "tokens"), ("/detokenize", {"tokens": ["a"]}, "tokens[0]"),
                              ("/apply-template", {"messages": []}, "messages"), ("/apply-template", {"text": "a"}, "messages")):
        answer = http.post(path, json=body)
        assert answer.status_code == 400 and answer.json()["error"]["param"] == param, answer.text


def test_large_texts_do_not_hold_up_probes(url: str):
    """Ten texts of 1 MB at once: they are right, and the event loop answers meanwhile."""
    text = "The quick brown fox jumps over the lazy dog. " * 23_000

    async def main() -> tuple[set[int], int]:
        async with httpx.AsyncClient(base_url=url, timeout=300) as client:
            texts = [asyncio.create_task(client.post("/tokenize", json={"prompt": text})) for _ in range(10)]
            probes = 0
            while not all(t.done() for t in texts):
                assert (await client.get("/health")).status_code == 200
                probes += 1
                await asyncio.sleep(0)
            return {(await t).json()["count"] for t in texts}, probes

    counts, probes = asyncio.run(main())
    assert len(counts) == 1 and min(counts) > 200_000 and probes > 10


def test_load(http: httpx.Client):
    seen = http.get("/v1/load").json()
    assert seen["status"] == "ready" and 0 <= seen["load"] and 0 <= seen["kv_usage"] <= 1 and seen["queued_tokens"] >= 0
    assert set(seen["classes"]) == {"interactive", "standard", "batch"}
    assert all(c["queued"] >= 0 and c["wait_ms"] >= 0 for c in seen["classes"].values())
