"""/v1/embeddings with openai-python, against the NumPy reference and among other work."""

import asyncio
import base64
import json
import time
from pathlib import Path

import httpx
import numpy as np
import openai
import pytest
from serving import MODEL, connect, metric

GOLDEN = json.loads((Path(__file__).parents[1] / "model/golden/smollm2-135m-q4_1.json").read_text())
TEXTS = ["The mast and the sails of a ship.", "A sailing vessel has masts.", "Compound interest on a loan."]


def vectors(answer) -> np.ndarray:
    return np.array([one.embedding for one in answer.data])


@pytest.mark.skipif(MODEL.name != GOLDEN["file"], reason="the reference is another model's")
@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda c: c["text"][:8])
def test_those_of_the_reference(ai: openai.OpenAI, model: str, case: dict):
    for pooling in ("mean", "last"):
        expected = np.array(case[pooling]) / np.linalg.norm(case[pooling])
        for given in (case["text"], case["prompt"]):
            answer = ai.embeddings.create(model=model, input=given, extra_body={"pooling": pooling})
            assert vectors(answer)[0] @ expected > 0.99
            assert answer.usage.prompt_tokens == answer.usage.total_tokens == len(case["prompt"])


def test_a_list_is_what_each_is_alone(ai: openai.OpenAI, model: str):
    answer = ai.embeddings.create(model=model, input=TEXTS)
    assert answer.object == "list" and answer.model == model and [one.index for one in answer.data] == [0, 1, 2]
    every = vectors(answer)
    np.testing.assert_allclose(np.linalg.norm(every, axis=1), 1, atol=1e-5)
    for text, one in zip(TEXTS, every):
        # The library asks for base64 by itself, and takes it apart.
        assert (vectors(ai.embeddings.create(model=model, input=text)) == one).all()
        floats = ai.embeddings.create(model=model, input=text, encoding_format="float")
        np.testing.assert_allclose(vectors(floats)[0], one, rtol=1e-5, atol=1e-8)
    assert every[0] @ every[1] > every[0] @ every[2]


def test_base64_is_little_endian_floats(http: httpx.Client):
    coded = http.post("/v1/embeddings", json={"input": TEXTS[0], "encoding_format": "base64"}).json()["data"][0]["embedding"]
    plain = http.post("/v1/embeddings", json={"input": TEXTS[0]}).json()["data"][0]["embedding"]
    np.testing.assert_allclose(np.frombuffer(base64.b64decode(coded, validate=True), "<f4"), plain, rtol=1e-5, atol=1e-8)


def test_tokens(ai: openai.OpenAI, http: httpx.Client, model: str):
    lists = [http.post("/tokenize", json={"prompt": text}).json()["tokens"] for text in TEXTS]
    texts = vectors(ai.embeddings.create(model=model, input=TEXTS))
    assert (vectors(ai.embeddings.create(model=model, input=lists)) == texts).all()
    assert (vectors(ai.embeddings.create(model=model, input=lists[1]))[0] == texts[1]).all()


def test_dimensions_are_the_first_ones(ai: openai.OpenAI, model: str):
    whole = vectors(ai.embeddings.create(model=model, input=TEXTS[0]))[0]
    few = vectors(ai.embeddings.create(model=model, input=TEXTS[0], dimensions=16))[0]
    np.testing.assert_allclose(few, whole[:16] / np.linalg.norm(whole[:16]), atol=1e-6)


def test_async_among_answers(url: str, model: str):
    async def main():
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
            async def talk() -> str:
                made = await client.completions.create(model=model, prompt="The sky is", max_tokens=16, temperature=0)
                return made.choices[0].text

            said = await talk()
            alone = vectors(await client.embeddings.create(model=model, input=TEXTS))
            mixed = await asyncio.gather(*(talk() if i % 2 else client.embeddings.create(model=model, input=TEXTS) for i in range(12)))
            assert all((vectors(one) == alone).all() for one in mixed[::2]) and set(mixed[1::2]) == {said}

    asyncio.run(main())


BAD = [({}, "input"), ({"input": []}, "input"), ({"input": ["a", 3]}, "input[1]"), ({"input": [-1]}, "input[0]"),
       ({"input": "a", "dimensions": 0}, "dimensions"), ({"input": "a", "dimensions": 100_000}, "dimensions"),
       ({"input": "a", "encoding_format": "hex"}, "encoding_format"), ({"input": "a", "pooling": "cls"}, "pooling"),
       ({"input": "a", "stream": True}, "stream")]


@pytest.mark.parametrize("body,param", BAD, ids=range(len(BAD)))
def test_what_is_wrong_is_named(http: httpx.Client, body: dict, param: str):
    answer = http.post("/v1/embeddings", json=body)
    assert answer.status_code == 400 and answer.json()["error"]["param"] == param, answer.text


def test_what_the_core_refuses(ai: openai.OpenAI, model: str):
    with pytest.raises(openai.BadRequestError) as long:
        ai.embeddings.create(model=model, input=["short", "word " * 20_000])
    assert long.value.code == "context_length_exceeded"
    for given in ("", [99_999_999]):
        with pytest.raises(openai.BadRequestError):
            ai.embeddings.create(model=model, input=given)
    with pytest.raises(openai.NotFoundError):
        ai.embeddings.create(model="nothing", input="a")


def test_who_leaves_frees_the_pages(http: httpx.Client, url: str):
    def now() -> tuple[float | None, float | None]:
        return metric(http, r"vllm:num_requests_running"), metric(http, r"vllm:kv_cache_usage_perc")

    def wait_until(holds) -> tuple[float | None, float | None]:
        deadline = time.monotonic() + 10
        while not holds(state := now()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return state

    body = json.dumps({"input": ["of all that is long, " * 600] * 2, "priority": "batch"}).encode()
    before = metric(http, r"hawser_http_disconnects_total")
    with connect(url) as sock:
        sock.sendall(b"POST /v1/embeddings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        assert all(wait_until(all))
    assert wait_until(lambda state: state == (0, 0)) == (0, 0)
    assert metric(http, r"hawser_http_disconnects_total") == before + 1
    assert len(http.post("/v1/embeddings", json={"input": "calm again"}).json()["data"]) == 1
