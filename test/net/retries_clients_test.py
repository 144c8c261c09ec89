"""The libraries' own retries: a server that is full says for how long, and both wait for just that long."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator

import anthropic
import openai
import pytest
from serving import connect, started

ASK = {"max_tokens": 4, "messages": [{"role": "user", "content": "Say hello."}]}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that has room for one request."""
    with started(tmp_path_factory.mktemp("full") / "log", "--set", "scheduling.requests=1") as (url, _):
        yield url


class Room:
    """Takes the only place, gives it up when somebody was refused, and notes what that client does then."""

    def __init__(self, url: str):
        self.sent: list[tuple[float, str]] = []
        self.refused: list[tuple[float, int, float]] = []
        self.holder = self.take(url)

    def take(self, url: str) -> socket.socket:
        body = json.dumps({"text": "A long story:", "max_tokens": 500, "ignore_eos": True, "stream": True}).encode()
        deadline = time.monotonic() + 20
        while True:  # whoever had it before may not be quite gone
            sock = connect(url)
            sock.sendall(b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            head = sock.recv(65536)
            if b" 200 OK" in head:
                return sock
            sock.close()
            assert b" 503 " in head and time.monotonic() < deadline, head

    def on_request(self, request):
        self.sent.append((time.monotonic(), request.headers["x-stainless-retry-count"]))

    def on_response(self, response):
        if response.status_code >= 400:
            assert response.headers["x-should-retry"] == "true"
            self.refused.append((time.monotonic(), response.status_code, float(response.headers["retry-after"])))
            self.holder.close()

    async def on_request_async(self, request):
        self.on_request(request)

    async def on_response_async(self, response):
        self.on_response(response)

    def client(self, kind, **how):
        module = openai if kind in (openai.OpenAI, openai.AsyncOpenAI) else anthropic
        if kind in (openai.OpenAI, anthropic.Anthropic):
            web = module.DefaultHttpxClient(event_hooks={"request": [self.on_request], "response": [self.on_response]})
        else:
            web = module.DefaultAsyncHttpxClient(
                event_hooks={"request": [self.on_request_async], "response": [self.on_response_async]})
        return kind(api_key="none", http_client=web, **how)

    def check(self, status: int):
        """Refused at least once, came back no sooner than it was told to, and got its answer."""
        assert self.refused and len(self.sent) == len(self.refused) + 1
        assert [count for _, count in self.sent] == [str(i) for i in range(len(self.sent))]
        for (when, said, wait), (again, _) in zip(self.refused, self.sent[1:]):
            assert said == status and 1 <= wait <= 60
            assert wait - 0.05 <= again - when
        self.holder.close()


def model_of(url: str) -> str:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none") as client:
        return client.models.list().data[0].id


def test_openai(full: str):
    room = Room(full)
    with room.client(openai.OpenAI, base_url=f"{full}/v1") as client:
        assert client.chat.completions.create(model=model_of(full), **ASK).choices[0].message.role == "assistant"
    room.check(503)


def test_openai_async_stream(full: str):
    room = Room(full)

    async def main() -> str:
        async with room.client(openai.AsyncOpenAI, base_url=f"{full}/v1") as client:
            stream = await client.completions.create(model=model_of(full), prompt="Once upon a time", max_tokens=4, stream=True)
            return "".join([one.choices[0].text async for one in stream])

    assert asyncio.run(main())
    room.check(503)


def test_anthropic(full: str):
    room = Room(full)
    with room.client(anthropic.Anthropic, base_url=full) as client:
        assert client.messages.create(model=model_of(full), **ASK).content[0].type == "text"
    room.check(529)


def test_anthropic_async_stream(full: str):
    room = Room(full)

    async def main():
        async with room.client(anthropic.AsyncAnthropic, base_url=full) as client:
            async with client.messages.stream(model=model_of(full), **ASK) as stream:
                return await stream.get_final_message()

    assert asyncio.run(main()).stop_reason in ("end_turn", "max_tokens")
    room.check(529)


def test_without_retries_they_say_what_it_was(full: str):
    room = Room(full)
    with pytest.raises(openai.InternalServerError) as busy, openai.OpenAI(base_url=f"{full}/v1", api_key="none", max_retries=0) as client:
        client.chat.completions.create(model=model_of(full), **ASK)
    assert busy.value.status_code == 503 and busy.value.code == "overloaded"
    with pytest.raises(anthropic.OverloadedError) as full_up, anthropic.Anthropic(base_url=full, api_key="none", max_retries=0) as client:
        client.messages.create(model=model_of(full), **ASK)
    assert full_up.value.status_code == 529 and full_up.value.type == "overloaded_error"
    room.holder.close()
