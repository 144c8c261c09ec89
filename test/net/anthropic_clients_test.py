"""The server as Anthropic's own library sees it."""

import asyncio
import itertools
import typing

import anthropic
import httpx
import pytest
from anthropic.types import message_count_tokens_params, message_create_params
from openai_fields_test import values_of

# The library has no parameter for it any more; servers still take it.
GREEDY = {"temperature": 0}
ASK = [{"role": "user", "content": "Count to five."}]


@pytest.fixture(scope="module")
def claude(url: str) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=url, api_key="none", max_retries=0)


def test_a_message(claude: anthropic.Anthropic, model: str):
    answer = claude.messages.create(model=model, max_tokens=12, messages=ASK, extra_body=GREEDY, system="You are brief.")
    assert answer.type == "message" and answer.role == "assistant" and answer.model == model and answer.id.startswith("msg_")
    assert [block.type for block in answer.content] == ["text"] and answer.content[0].text
    assert answer.stop_reason in ("end_turn", "max_tokens") and answer.stop_sequence is None
    assert 0 < answer.usage.output_tokens <= 12 and answer._request_id.startswith("req-")


def test_the_same_text_as_openais(claude: anthropic.Anthropic, http: httpx.Client, model: str):
    theirs = claude.messages.create(model=model, max_tokens=12, messages=ASK, extra_body=GREEDY)
    body = {"messages": ASK, "max_tokens": 12, "temperature": 0}
    ours = http.post("/v1/chat/completions", json=body).json()
    assert theirs.content[0].text == ours["choices"][0]["message"]["content"]
    assert theirs.usage.input_tokens == ours["usage"]["prompt_tokens"]


def test_tokens_are_counted_as_they_are_used(claude: anthropic.Anthropic, model: str):
    ask = dict(model=model, messages=[*ASK, {"role": "assistant", "content": [{"type": "text", "text": "One"}]},
                                      {"role": "user", "content": [{"type": "text", "text": "Go"}, {"type": "text", "text": "on"}]}],
               system=[{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}])
    counted = claude.messages.count_tokens(**ask).input_tokens
    assert counted > 10 and claude.messages.create(**ask, max_tokens=1).usage.input_tokens == counted


def test_a_stream_has_the_events_in_order(claude: anthropic.Anthropic, model: str):
    ask = dict(model=model, max_tokens=16, messages=ASK, extra_body=GREEDY)
    whole = claude.messages.create(**ask)
    events = list(claude.messages.create(**ask, stream=True))
    names = [name for name, _ in itertools.groupby(e.type for e in events)]
    assert names == ["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
                     "message_stop"]
    assert events[0].message.usage.input_tokens == whole.usage.input_tokens and events[0].message.content == []
    assert "".join(e.delta.text for e in events if e.type == "content_block_delta") == whole.content[0].text
    assert events[-2].delta.stop_reason == whole.stop_reason and events[-2].usage.output_tokens == whole.usage.output_tokens
    with claude.messages.stream(**ask) as stream:
        assert "".join(stream.text_stream) == whole.content[0].text
        assert stream.get_final_message().usage == whole.usage


def test_stop_sequences(claude: anthropic.Anthropic, model: str):
    ask = dict(model=model, max_tokens=24, messages=ASK, extra_body=GREEDY)
    word = claude.messages.create(**ask).content[0].text.split()[2]
    stopped = claude.messages.create(**ask, stop_sequences=["nowhere to be found", word])
    assert stopped.stop_reason == "stop_sequence" and stopped.stop_sequence == word and word not in stopped.content[0].text


def test_async_and_many_at_once(url: str, model: str):
    async def main() -> list[str]:
        async with anthropic.AsyncAnthropic(base_url=url, api_key="none", max_retries=0) as client:
            async def one() -> str:
                async with client.messages.stream(model=model, max_tokens=8, messages=ASK, extra_body=GREEDY) as stream:
                    return "".join([text async for text in stream.text_stream])

            whole = await client.messages.create(model=model, max_tokens=8, messages=ASK, extra_body=GREEDY)
            return [whole.content[0].text, *await asyncio.gather(*(one() for _ in range(4)))]

    assert len(set(asyncio.run(main()))) == 1


def test_what_a_tool_said_reaches_the_model(claude: anthropic.Anthropic, model: str):
    talk = [{"role": "user", "content": "What is 6 times 7?"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "multiply", "input": {"a": 6, "b": 7}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "forty-two, it says"}]}]
    plain = claude.messages.count_tokens(model=model, messages=talk[:1]).input_tokens
    assert claude.messages.count_tokens(model=model, messages=talk).input_tokens > plain + 4


def test_errors_are_of_the_kinds_that_it_knows(claude: anthropic.Anthropic, url: str, model: str):
    def refused(**fields) -> anthropic.APIStatusError:
        with pytest.raises(anthropic.APIStatusError) as caught:
            claude.messages.create(**{"model": model, "max_tokens": 4, "messages": ASK} | fields)
        assert caught.value.body["type"] == "error" and caught.value.body["request_id"] == caught.value.request_id
        return caught.value

    assert isinstance(refused(model="claude-nobody"), anthropic.NotFoundError)
    tools = refused(tools=[{"name": "f", "input_schema": {"type": "object"}}])
    assert isinstance(tools, anthropic.BadRequestError) and tools.body["error"]["message"].startswith("tools: ")
    image = [{"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "http://a/b"}}]}]
    assert "messages[0].content[0].type" in refused(messages=image).body["error"]["message"]
    assert refused(messages=[{"role": "user", "content": "long " * 200_000}]).status_code == 400
    assert refused(thinking={"type": "enabled", "budget_tokens": 1024}).type == "invalid_request_error"
    with pytest.raises(anthropic.NotFoundError):
        claude.post("/v1/messages/nothing", cast_to=object, body={})


def test_each_field_of_its_types_works_or_is_refused(claude: anthropic.Anthropic, http: httpx.Client, model: str):
    """As openai_fields_test.py does it for OpenAI's; here a field that is refused says so first in its message."""
    works = {"messages", "model", "max_tokens", "stop_sequences", "stream", "system"}
    asks_for_nothing = {"cache_control": lambda v: True, "metadata": lambda v: True, "service_tier": lambda v: True,
                        "speed": lambda v: v == "standard", "thinking": lambda v: v["type"] == "disabled",
                        "tool_choice": lambda v: v["type"] in ("auto", "none")}
    for path, kind in (("/v1/messages", message_create_params.MessageCreateParamsBase),
                       ("/v1/messages/count_tokens", message_count_tokens_params.MessageCountTokensParams)):
        hints = typing.get_type_hints(kind, include_extras=True)
        assert len(hints) > 8
        for field, hint in hints.items():
            given = [model] if field == "model" else [v for v in values_of(hint) if v is not None]
            for value in given:
                body = {"messages": ASK} | ({"max_tokens": 1} if path == "/v1/messages" else {}) | {field: value}
                answer = http.post(path, json=body)
                if answer.status_code == 200:
                    fine = field in works or value == {} or asks_for_nothing.get(field, lambda v: False)(value)
                    assert fine, f"{field}: {value!r} is taken, and nobody knows what it does"
                else:
                    assert answer.status_code == 400, answer.text
                    assert answer.json()["error"]["message"].startswith(field), f"{value!r}: {answer.text}"
