"""The server as real clients see it: openai-python, httpx, raw sockets with h11 as a second opinion on framing."""

import asyncio
import json
import re
import secrets
import socket
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import h11
import httpx
import openai
import pytest
from crowd import Crowd, Process
from serving import connect, metric

# Endpoints.


def test_probes_and_pages(http: httpx.Client, model: str):
    assert http.get("/health").json() == {"status": "ok"}
    assert http.get("/ready").json() == {"status": "ready"}
    built = http.get("/version").json()
    assert built["version"] and re.fullmatch(r"[0-9a-f]{12}(-modified)?|unknown", built["revision"])
    assert "endpoints" in http.get("/").json()
    assert http.get(f"/v1/models/{model}").json()["id"] == model
    assert http.get("/v1/models/nothing").status_code == 404
    page = http.get("/metrics")
    assert page.headers["content-type"].startswith("text/plain")
    assert "hawser_http_connections " in page.text
    head = http.head("/health")
    assert head.content == b"" and int(head.headers["content-length"]) > 0


def test_answers_say_the_load_to_those_who_ask(http: httpx.Client):
    body = {"text": "The capital of France is", "max_tokens": 4}
    assert "endpoint-load-metrics" not in http.post("/predict", json=body).headers
    said = http.post("/predict", json=body | {"stream": True}, headers={"endpoint-load-metrics-format": "JSON", "cache-control": "no-store"}).headers["endpoint-load-metrics"]
    load = json.loads(said.removeprefix("JSON "))
    assert set(load["named_metrics"]) == {"kv_cache_usage_perc", "num_requests_running", "num_requests_waiting"}
    assert load["application_utilization"] >= 0
    assert load["named_metrics"]["num_requests_running"] + load["named_metrics"]["num_requests_waiting"] >= 1


def test_predict(http: httpx.Client):
    answer = http.post("/predict", json={"text": "The capital of France is", "max_tokens": 8}).json()
    assert answer["text"] and answer["completion_tokens"] <= 8 and answer["prompt_tokens"] >= 4
    assert answer["finish_reason"] in ("stop", "length")
    assert set(answer["timings"]) == {"queue_ms", "prefill_ms", "decode_ms"}


def test_predict_stream_is_the_same_text(http: httpx.Client):
    body = {"text": "Once upon a time", "max_tokens": 24}
    whole = http.post("/predict", json=body).json()
    text, last = "", None
    with http.stream("POST", "/predict", json=body | {"stream": True}, headers={"cache-control": "no-store"}) as r:
        assert r.headers["content-type"].startswith("text/event-stream")
        for line in r.iter_lines():
            if line.startswith("data: ") and line != "data: [DONE]":
                last = json.loads(line[6:])
                text += last.get("text", "")
    assert line == "" or line == "data: [DONE]"
    assert text == whole["text"] and last["completion_tokens"] == whole["completion_tokens"]


def test_long_chinese_text(http: httpx.Client):
    answer = http.post("/predict", content=json.dumps({"text": "测试" * 1000, "max_tokens": 4}, ensure_ascii=False).encode(),
                       headers={"content-type": "application/json"})
    # A model with a short context refuses by name; it never fails.
    assert answer.status_code == 200 or answer.json()["error"]["code"] == "context_length_exceeded", answer.text


# openai-python.


def test_openai_chat(ai: openai.OpenAI, model: str):
    answer = ai.chat.completions.create(model=model, messages=[{"role": "user", "content": "Say hello."}], max_tokens=12,
                                        temperature=0, logprobs=True, top_logprobs=2)
    choice = answer.choices[0]
    assert choice.message.role == "assistant" and choice.finish_reason in ("stop", "length")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert len(choice.logprobs.content) >= 1 and len(choice.logprobs.content[0].top_logprobs) == 2
    assert bytes(choice.logprobs.content[0].bytes).decode(errors="replace") == choice.logprobs.content[0].token


def test_openai_chat_stream(ai: openai.OpenAI, model: str):
    ask = dict(model=model, messages=[{"role": "user", "content": "Count to five."}], max_tokens=16, temperature=0)
    whole = ai.chat.completions.create(**ask)
    chunks = list(ai.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True}))
    assert chunks[0].choices[0].delta.role == "assistant" and chunks[0].choices[0].delta.content == ""
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == whole.choices[0].message.content
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    assert all(c.usage is None for c in chunks[:-1]) and len({c.id for c in chunks}) == 1
    assert [c.choices[0].finish_reason for c in chunks[:-1] if c.choices[0].finish_reason] == [whole.choices[0].finish_reason]


def test_openai_completions(ai: openai.OpenAI, model: str):
    answer = ai.completions.create(model=model, prompt=["One", "Two"], max_tokens=4, n=2, seed=1, temperature=0.8, logprobs=1)
    assert [c.index for c in answer.choices] == [0, 1, 2, 3]
    assert all(len(c.logprobs.tokens) == len(c.logprobs.text_offset) for c in answer.choices)
    again = ai.completions.create(model=model, prompt=["One", "Two"], max_tokens=4, n=2, seed=1, temperature=0.8)
    assert [c.text for c in again.choices] == [c.text for c in answer.choices]
    echo = ai.completions.create(model=model, prompt="Hello", max_tokens=2, echo=True)
    assert echo.choices[0].text.startswith("Hello")
    for prompt in ("a", [100]):  # of one token: there is nothing to score, but something to show
        one = ai.completions.create(model=model, prompt=prompt, max_tokens=2, echo=True, logprobs=1).choices[0]
        assert len(one.logprobs.tokens) == 3 and one.text.startswith(one.logprobs.tokens[0]) and one.logprobs.token_logprobs[0] is None
        assert ai.completions.create(model=model, prompt=prompt, max_tokens=1, echo=True).choices[0].text.startswith(one.logprobs.tokens[0])
    stopped = ai.completions.create(model=model, prompt="1, 2, 3, 4, 5, 6,", max_tokens=32, temperature=0, stop=[","])
    assert "," not in stopped.choices[0].text


def test_openai_async(url: str, model: str):
    async def main() -> list[str]:
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
            async def one() -> str:
                stream = await client.completions.create(model=model, prompt="The sky is", max_tokens=8, temperature=0, stream=True)
                return "".join([c.choices[0].text async for c in stream])
            return list(await asyncio.gather(*(one() for _ in range(8))))

    texts = asyncio.run(main())
    assert len(set(texts)) == 1 and texts[0]


def test_openai_errors(ai: openai.OpenAI, model: str):
    with pytest.raises(openai.NotFoundError) as missing:
        ai.completions.create(model="nothing", prompt="x")
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as wrong:
        ai.chat.completions.create(model=model, messages=[{"role": "user", "content": "x"}], temperature=3)
    assert wrong.value.param == "temperature"
    with pytest.raises(openai.BadRequestError) as long:
        ai.completions.create(model=model, prompt="word " * 200_000)
    assert long.value.code == "context_length_exceeded"
    assert wrong.value.request_id


# Bad input.


BAD = [
    (b"", None),
    (b"{", None),
    (b"[]", None),
    (b"null", None),
    (b"\xff", None),
    (b'{"text":"\xff"}', None),
    (b'{"text":"\\ud800"}', None),
    (b'{"text":NaN}', None),
    (b'{"text":1}', "text"),
    (b"{}", "text"),
    (b'{"text":"a","max_tokens":0}', "max_tokens"),
    (b'{"text":"a","max_tokens":1e400}', None),
    (b'{"text":"a","temperature":-1}', "temperature"),
    (b'{"text":"a","top_p":2}', "top_p"),
    (b'{"text":"a","n":100}', "n"),
    (b'{"text":"a","stop":[' + b'"x",' * 16 + b'"x"]}', "stop"),
    (b'{"text":"a","logit_bias":{"999999999":1}}', None),
    (b'{"text":"a","who":1}', "who"),
    (b'{"text":' + b"[" * 100_000, None),
    (b'{"text":"a"}' * 2, None),
]


@pytest.mark.parametrize("body,param", BAD, ids=range(len(BAD)))
def test_bad_input_is_a_400(http: httpx.Client, body: bytes, param: str | None):
    answer = http.post("/predict", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["message"] and error["type"] == "invalid_request_error"
    if param:
        assert error["param"] == param


def test_other_refusals(http: httpx.Client):
    assert http.get("/nothing").status_code == 404
    refused = http.get("/predict")
    assert refused.status_code == 405 and "POST" in refused.headers["allow"]
    # curl -d says so of any body; it is the body that counts.
    assert http.post("/predict", content=b"text=a", headers={"content-type": "application/x-www-form-urlencoded"}).status_code == 400
    assert http.post("/predict", content=b'{"text": "a", "max_tokens": 1}',
                     headers={"content-type": "application/x-www-form-urlencoded"}).status_code == 200
    assert http.post("/predict", json={"text": "a" * 5_000_000}).status_code == 413


# Framing.


def h11_responses(sock: socket.socket, methods: list[str]) -> list[tuple[int, bytes]]:
    """Reads one response a method with h11, which is strict about framing."""
    rest, made = b"", []
    for method in methods:
        connection = h11.Connection(h11.CLIENT)
        connection.send(h11.Request(method=method, target="/", headers=[("host", "x")]))
        connection.send(h11.EndOfMessage())
        connection.receive_data(rest) if rest else None
        status, body = 0, b""
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(sock.recv(65536))
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                break
        rest = connection.trailing_data[0]
        made.append((status, body))
    assert rest == b""
    return made


def test_pipelined_answers_come_in_order(url: str):
    body = b'{"text":"Hello","max_tokens":2,"stream":true}'
    post = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    chunked = (b"POST /predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
               b"f;a=b\r\n{\"text\":\"Hello\"\r\n11\r\n,\"max_tokens\":2} \r\n0\r\nT: x\r\n\r\n")
    with connect(url) as sock:
        sock.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" + post + b"HEAD /version HTTP/1.1\r\nHost: localhost\r\n\r\n" + chunked +
                     b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = h11_responses(sock, ["GET", "POST", "HEAD", "POST", "GET"])
    assert [status for status, _ in got] == [200] * 5
    assert got[1][1].endswith(b"data: [DONE]\n\n") and got[2][1] == b"" and b'"text"' in got[3][1] and b"version" in got[4][1]


@pytest.mark.parametrize("request_bytes,status", [
    (b"get / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
    (b"GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", 505),
    (b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
])
def test_strictness(url: str, request_bytes: bytes, status: int):
    with connect(url) as sock:
        sock.sendall(request_bytes)
        answer = b""
        while part := sock.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert b"Connection: close\r\n" in answer


# Under load.


def until_idle(http: httpx.Client) -> None:
    """Nothing runs, and three scrapes, more than a report's time apart, say the same: the actors report on their own."""
    deadline = time.monotonic() + 10
    seen: list[tuple[float, ...]] = []
    while time.monotonic() < deadline:
        seen.append(tuple(metric(http, name) for name in (
            "vllm:num_requests_running|hawser_requests_queued", "hawser_requests_total", "vllm:request_success_total")))
        if len(seen) >= 3 and seen[-1][0] == 0 and seen[-1] == seen[-2] == seen[-3]:
            return
        time.sleep(0.15)
    raise AssertionError(f"not idle: {seen[-3:]}")


def test_sixty_four_clients_each_end_once(url: str, http: httpx.Client, process: Process | None):
    """Crowd after crowd, until one needs no memory that an earlier one has not touched: pages fill up to their bound."""
    ended = r"vllm:request_success_total|hawser_requests_refused_total"
    until_idle(http)
    asked = metric(http, "hawser_requests_total")
    over = metric(http, ended)
    looks: list[tuple[float, int]] = []
    for _ in range(8):
        crowd = Crowd(url, seed := secrets.randbelow(2**31))
        crowd.run(64, 5)
        print(f"64 clients, seed {seed}: {dict(crowd.counts)}")
        assert not crowd.wrong, crowd.wrong[:5]
        assert sum(crowd.counts.values()) >= 64
        looks += [process.look()] if process else [(0, 0)]
        if len(looks) >= 2 and looks[-1][0] < looks[-2][0] + 8:
            break
    until_idle(http)
    assert metric(http, ended) - over == metric(http, "hawser_requests_total") - asked
    print(f"memory (MB) and threads: {looks}")
    assert looks[-1][0] < looks[-2][0] + 8
    assert len({threads for _, threads in looks}) == 1


def test_greedy_is_the_same_alone_and_among_others(http: httpx.Client, url: str):
    ask = {"text": "The three primary colours are", "max_tokens": 24}
    alone = http.post("/predict", json=ask).json()["text"]
    with ThreadPoolExecutor(32) as pool:
        others = [pool.submit(httpx.post, f"{url}/predict", timeout=120,
                              json={"text": f"Story number {i} begins", "max_tokens": 24, "temperature": 1}) for i in range(31)]
        among = pool.submit(httpx.post, f"{url}/predict", json=ask, timeout=120,
                            headers={"cache-control": "no-store"}).result().json()["text"]
        assert all(o.result().status_code == 200 for o in others)
    assert among == alone


def test_probes_stay_quick_during_a_long_prefill(http: httpx.Client, url: str):
    with ThreadPoolExecutor(1) as pool:
        long = pool.submit(httpx.post, f"{url}/predict", timeout=300, json={"text": "word " * 1800, "max_tokens": 1})
        times = []
        while not long.done() or len(times) < 20:
            begin = time.perf_counter()
            assert http.get("/health").status_code == 200
            times.append(time.perf_counter() - begin)
            time.sleep(0.005)
        assert long.result().status_code in (200, 400)
    median = statistics.median(times) * 1000
    print(f"/health during a long prefill: median {median:.2f} ms, worst {max(times) * 1000:.2f} ms, {len(times)} probes")
    assert median < 50


def test_wishes_and_refusals(http: httpx.Client, model: str):
    ask = {"text": "Once", "max_tokens": 2}
    for wrong in ({"x-priority": "urgent"}, {"x-request-timeout": "soon"}, {"x-slo-ttft-ms": "0"}, {"x-slo-tpot-ms": "-1"}):
        refused = http.post("/predict", json=ask, headers=wrong)
        assert refused.status_code == 400 and refused.json()["error"]["param"] == next(iter(wrong))
    assert http.post("/predict", json=ask | {"priority": "interactive", "timeout": 60}, headers={"x-slo-ttft-ms": "60000"}).status_code == 200
    # A long answer ends with what there is when its time is over.
    short = http.post("/predict", json={"text": "A very long story:", "max_tokens": 4000, "ignore_eos": True, "timeout": 1})
    assert short.status_code == 200 and short.json()["finish_reason"] == "length" and 0 < short.json()["completion_tokens"] < 4000
    hopeless = http.post("/predict", json={"text": "word " * 1000, "max_tokens": 1}, headers={"x-slo-ttft-ms": "1"})
    assert hopeless.status_code == 503, hopeless.text
    assert hopeless.json()["error"]["limit"] == "first_token" and hopeless.json()["error"]["code"] == "deadline_exceeded"
    assert int(hopeless.headers["retry-after"]) >= 1 and hopeless.headers["x-should-retry"] == "true"


def test_too_much_is_refused_at_once_and_the_rest_goes_on(http: httpx.Client, url: str):
    http.post("/predict", json={"text": "Measure how long it takes. " * 8, "max_tokens": 32, "ignore_eos": True})
    stop = time.monotonic() + 6
    lock = threading.Lock()
    first, refusals, limits, other = [], [], set(), []

    def one(number: int) -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            while time.monotonic() < stop:
                interactive = number % 5 == 0
                body = {"text": f"Client {number} at {time.monotonic()} asks: " + "why is that so? " * 30, "max_tokens": 16,
                        "ignore_eos": True, "stream": True, "priority": "interactive" if interactive else "batch"}
                begin = time.perf_counter()
                with client.stream("POST", "/predict", json=body) as answer:
                    head = time.perf_counter() - begin
                    text = answer.read().decode()
                with lock:
                    if answer.status_code == 200:
                        assert text.endswith("data: [DONE]\n\n")
                        if interactive:
                            first.append(head)
                    elif answer.status_code in (429, 503):
                        assert 1 <= int(answer.headers["retry-after"]) <= 60 and answer.headers["x-should-retry"] == "true"
                        refusals.append(head)
                        limits.add(json.loads(text)["error"]["limit"])
                    else:
                        other.append((answer.status_code, text))
                if answer.status_code != 200:
                    time.sleep(0.05)

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(one, range(40)))
    assert not other, other[:3]
    print(f"interactive: {len(first)} answered, first byte median {statistics.median(first or [0]) * 1000:.0f} ms, "
          f"worst {max(first, default=0) * 1000:.0f} ms; {len(refusals)} refusals, median "
          f"{statistics.median(refusals or [0]) * 1000:.2f} ms, by {sorted(limits)}")
    assert first and "" not in limits  # how many are refused depends on the machine
    assert metric(http, r"vllm:admission_rejections_total") >= len(refusals)
    # A moment later the load is gone.
    deadline = time.monotonic() + 5
    while metric(http, r"hawser_load") >= 0.8 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert http.post("/predict", json={"text": "Calm again", "max_tokens": 1}).status_code == 200


def test_a_client_that_leaves_frees_its_pages(http: httpx.Client, url: str):
    # kv_cache_usage counts pages that sequences hold; pages kept only as prefix cache are free.
    body = json.dumps({"text": "A very long story:", "max_tokens": 2000, "ignore_eos": True, "stream": True}).encode()
    before = metric(http, r"hawser_http_disconnects_total")
    with connect(url) as sock:
        sock.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" %
                     (len(body), body))
        assert b"200 OK" in sock.recv(65536)
    deadline = time.monotonic() + 10
    running = used = None
    while time.monotonic() < deadline:
        running = metric(http, r"vllm:num_requests_running|hawser_requests_running")
        used = metric(http, r"vllm:kv_cache_usage_perc|hawser_kv_cache_usage")
        if running == 0 and used == 0:
            break
        time.sleep(0.05)
    assert metric(http, r"hawser_http_disconnects_total") == before + 1
    assert running == 0 and used == 0


# The result cache.


def cache_count(http: httpx.Client, result: str) -> float:
    """The actors report every 100 ms."""
    time.sleep(0.25)
    return metric(http, rf'hawser_result_cache_requests_total{{.*result="{result}"') or 0


def told(text: str) -> list[dict]:
    """The frames of a stream, without what tells one answer from another."""
    frames = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    for frame in frames:
        for name in ("id", "created", "usage", "timings", "cached_tokens"):
            frame.pop(name, None)
    return frames


@pytest.mark.parametrize("path, body", [
    ("/predict", {"text": "A hawser is", "max_tokens": 12}),
    ("/predict", {"text": "A hawser is", "max_tokens": 8, "n": 2, "seed": 7, "temperature": 0.9}),
    ("/v1/completions", {"prompt": "A hawser is", "max_tokens": 12, "temperature": 0, "logprobs": 3, "echo": True}),
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": "What is a hawser?"}], "max_tokens": 12, "seed": 3,
                              "logprobs": True, "top_logprobs": 2, "n": 2}),
])
def test_the_same_question_gets_the_same_answer_at_once(http: httpx.Client, path: str, body: dict):
    http.delete("/cache").raise_for_status()
    steps = metric(http, "hawser_steps_total")
    first = http.post(path, json=body)
    assert first.status_code == 200 and "cache-status" not in first.headers, first.text
    time.sleep(0.25)
    computed = metric(http, "hawser_steps_total")
    assert computed > steps
    hits = cache_count(http, "hit")
    again = http.post(path, json=body)
    assert again.headers["cache-status"] == "hawser; hit"
    assert told("data: " + again.text) == told("data: " + first.text)
    # Streamed, it is the same answer; and the same events as one that was computed for its own request.
    hit = http.post(path, json=body | {"stream": True})
    assert hit.headers["cache-status"] == "hawser; hit" and hit.text.endswith("data: [DONE]\n\n")
    own = http.post(path, json=body | {"stream": True}, headers={"cache-control": "no-store"})
    assert "cache-status" not in own.headers
    if "n" not in body:  # choices may take turns otherwise
        assert told(hit.text) == told(own.text)
    assert cache_count(http, "hit") == hits + 2
    used = again.json().get("usage") or again.json()
    cached = used.get("prompt_tokens_details", used)["cached_tokens"]
    assert cached == used["prompt_tokens"] > 0
    # Anew, and remembered; and forgotten.
    assert "cache-status" not in http.post(path, json=body, headers={"cache-control": "no-cache"}).headers
    assert http.delete("/cache").json() == {"purged": 1}
    assert "cache-status" not in http.post(path, json=body).headers


def test_eight_at_once_are_computed_once(http: httpx.Client, url: str):
    http.delete("/cache")
    until_idle(http)
    tokens = metric(http, "vllm:generation_tokens_total")
    shared, hits = cache_count(http, "shared"), cache_count(http, "hit")
    body = {"text": f"Together, at {time.monotonic()}, they say", "max_tokens": 200, "ignore_eos": True}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: httpx.post(f"{url}/predict", json=body | {"stream": i % 2 == 0}, timeout=120), range(8)))
    assert all(a.status_code == 200 for a in answers)
    plain = {a.json()["text"] for a in answers[1::2]}
    streamed = {"".join(f.get("text", "") for f in told(a.text)) for a in answers[::2]}
    assert len(plain) == 1 and plain == streamed
    assert cache_count(http, "shared") + cache_count(http, "hit") == shared + hits + 7
    assert metric(http, "vllm:generation_tokens_total") == tokens + 200


def test_the_first_leaves_and_the_others_hear_the_rest(http: httpx.Client, url: str):
    http.delete("/cache")
    body = json.dumps({"text": f"Left alone at {time.monotonic()}", "max_tokens": 150, "ignore_eos": True, "stream": True}).encode()
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    with connect(url) as first:
        first.sendall(head + body)
        assert b"200 OK" in first.recv(65536)
        second = connect(url)
        second.sendall(head + body)
        answer = second.recv(65536)
    with second:
        second.settimeout(60)
        while b"[DONE]" not in answer:
            piece = second.recv(65536)
            assert piece, answer[-500:]
            answer += piece
    assert b"hawser; fwd=miss; collapsed" in answer and b'"completion_tokens":150' in answer
