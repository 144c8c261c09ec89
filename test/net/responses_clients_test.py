"""/v1/responses with openai-python, and its WebSocket with three clients: the SDK's own, websockets, websocket-client."""

import asyncio
import json

import httpx
import openai
import pytest
import websocket
import websockets
from serving import metric, started

ASK = {"input": "Say hello to the ship's crew.", "max_output_tokens": 12, "temperature": 0}
ORDER = ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"]
ENDING = ["response.output_text.done", "response.content_part.done", "response.output_item.done"]


@pytest.fixture(scope="module")
def at(url: str) -> str:
    return url.replace("http", "ws", 1) + "/v1/responses"


@pytest.fixture(scope="module")
def later(url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)


def text_of(events) -> str:
    return "".join(e.delta for e in events if e.type == "response.output_text.delta")


def check_order(types: list[str]):
    deltas = [t for t in types if t == "response.output_text.delta"]
    assert types == ORDER + deltas + ENDING + [types[-1]] and types[-1] in ("response.completed", "response.incomplete")


def test_a_response(ai: openai.OpenAI, model: str):
    made = ai.responses.create(model=model, **ASK, instructions="Be brief.", metadata={"a": "b"})
    assert made.object == "response" and made.id.startswith("resp_") and made.status in ("completed", "incomplete")
    assert made.output_text and made.output[0].type == "message" and made.output[0].role == "assistant"
    assert made.instructions == "Be brief." and made.metadata == {"a": "b"} and made.max_output_tokens == 12
    assert made.usage.total_tokens == made.usage.input_tokens + made.usage.output_tokens
    assert made.usage.output_tokens_details.reasoning_tokens == 0
    chat = ai.chat.completions.create(model=model, max_tokens=12, temperature=0, messages=[
        {"role": "system", "content": "Be brief."}, {"role": "user", "content": ASK["input"]}])
    assert chat.choices[0].message.content == made.output_text and chat.usage.prompt_tokens == made.usage.input_tokens


def test_a_stream(ai: openai.OpenAI, model: str):
    whole = ai.responses.create(model=model, **ASK)
    events = list(ai.responses.create(model=model, **ASK, stream=True))
    check_order([e.type for e in events])
    assert [e.sequence_number for e in events] == list(range(len(events)))
    assert text_of(events) == whole.output_text == events[-1].response.output_text
    assert events[-1].response.status == whole.status and events[-1].response.usage.output_tokens == whole.usage.output_tokens


def test_the_sdks_own_collector(ai: openai.OpenAI, model: str):
    # It knows no end but completed.
    with ai.responses.stream(model=model, **ASK, extra_body={"stop": [" ", "\n"]}) as stream:
        text = "".join(e.delta for e in stream if e.type == "response.output_text.delta")
        assert stream.get_final_response().output_text == text


def test_async(later: openai.AsyncOpenAI, model: str):
    async def run():
        whole, stream = await asyncio.gather(later.responses.create(model=model, **ASK),
                                             later.responses.create(model=model, **ASK, stream=True))
        return whole, [e async for e in stream]

    whole, events = asyncio.run(run())
    check_order([e.type for e in events])
    assert text_of(events) == whole.output_text


def test_logprobs(ai: openai.OpenAI, model: str):
    made = ai.responses.create(model=model, **ASK, include=["message.output_text.logprobs"], top_logprobs=2)
    listed = made.output[0].content[0].logprobs
    assert len(listed[0].top_logprobs) == 2 and "".join(p.token for p in listed).startswith(made.output_text)


def test_a_conversation_goes_on(ai: openai.OpenAI, model: str):
    first = ai.responses.create(model=model, **ASK)
    asked = dict(model=model, input="And again?", max_output_tokens=8, temperature=0)
    second = ai.responses.create(**asked, previous_response_id=first.id)
    assert second.previous_response_id == first.id
    # The same as the whole conversation, its answer given back as the item that it was.
    items = [{"role": "user", "content": ASK["input"]}, *[o.to_dict() for o in first.output], {"role": "user", "content": "And again?"}]
    whole = ai.responses.create(**asked | {"input": items})
    assert whole.output_text == second.output_text and whole.usage.input_tokens == second.usage.input_tokens
    assert second.usage.input_tokens_details.cached_tokens > 0


def test_what_is_stored(ai: openai.OpenAI, model: str):
    made = ai.responses.create(model=model, **ASK)
    assert ai.responses.retrieve(made.id) == made
    ai.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        ai.responses.retrieve(made.id)
    with pytest.raises(openai.BadRequestError, match="no response") as refused:
        ai.responses.create(model=model, **ASK, previous_response_id=made.id)
    assert refused.value.code == "previous_response_not_found" and refused.value.param == "previous_response_id"
    hidden = ai.responses.create(model=model, **ASK, store=False)
    with pytest.raises(openai.NotFoundError):
        ai.responses.retrieve(hidden.id)


def test_what_is_stored_is_bounded(model: str, tmp_path):
    with started(tmp_path / "log", "--set", "responses.count=2") as (url, _), openai.OpenAI(base_url=f"{url}/v1", api_key="none") as client:
        first, second, third = (client.responses.create(model=model, input=f"Say {i}.", max_output_tokens=1) for i in range(3))
        # The oldest has made room; and each use makes one the latest.
        with pytest.raises(openai.BadRequestError) as gone:
            client.responses.create(model=model, input="Go on.", max_output_tokens=1, previous_response_id=first.id)
        assert gone.value.code == "previous_response_not_found"
        fourth = client.responses.create(model=model, input="Go on.", max_output_tokens=1, previous_response_id=second.id)
        assert client.responses.retrieve(fourth.id).previous_response_id == second.id
        assert client.responses.retrieve(second.id) == second
        with pytest.raises(openai.NotFoundError):
            client.responses.retrieve(third.id)


def test_the_sdk_on_a_socket(ai: openai.OpenAI, model: str):
    whole = ai.responses.create(model=model, **ASK)
    with ai.responses.connect() as connection:
        connection.response.create(model=model, **ASK)
        events = []
        for event in connection:
            events.append(event)
            if event.type in ("response.completed", "response.incomplete"):
                break
        check_order([e.type for e in events])
        assert text_of(events) == whole.output_text
        connection.response.create(model=model, input="More?", max_output_tokens=4, previous_response_id=events[-1].response.id)
        last = next(e for e in connection if e.type in ("response.completed", "response.incomplete", "error"))
        assert last.response.previous_response_id == events[-1].response.id


def created(connection: websocket.WebSocket, **fields) -> list[dict]:
    """Everything that is said until the response is over."""
    connection.send(json.dumps({"type": "response.create", **fields}))
    said = []
    while not said or said[-1]["type"] not in ("response.completed", "response.incomplete", "response.failed", "error"):
        said.append(json.loads(connection.recv()))
    return said


def test_prewarming_makes_the_next_one_cheap(at: str, http: httpx.Client):
    text = "The harbour master wrote every arrival into the book. " * 30
    connection = websocket.create_connection(at, timeout=120)
    before = metric(http, r"hawser_.*generated_tokens_total|vllm:generation_tokens_total")
    warm = created(connection, input=text, generate=False, store=False)
    assert [m["type"] for m in warm] == [*ORDER[:2], "response.completed"]
    assert warm[-1]["response"]["output"] == [] and warm[-1]["response"]["usage"]["output_tokens"] == 0
    after = metric(http, r"hawser_.*generated_tokens_total|vllm:generation_tokens_total")
    assert before is None or after - before <= 1
    said = created(connection, input="How many?", max_output_tokens=4, store=False, previous_response_id=warm[-1]["response"]["id"])
    usage = said[-1]["response"]["usage"]
    assert usage["input_tokens_details"]["cached_tokens"] > usage["input_tokens"] * 0.7
    # Nobody else may go on from what was not stored.
    other = websocket.create_connection(at, timeout=120)
    gone = created(other, input="How many?", previous_response_id=warm[-1]["response"]["id"])
    assert gone[-1]["error"]["code"] == "previous_response_not_found" and gone[-1]["status"] == 400
    other.close()
    connection.close()


def test_lanes(at: str):
    connection = websocket.create_connection(at, timeout=120)
    for lane in ("a", "b"):
        for _ in range(2):
            connection.send(json.dumps({"type": "response.create", "stream_id": lane, **ASK}))
    events: dict[str, list[str]] = {"a": [], "b": []}
    while sum(t in ("response.completed", "response.incomplete") for lane in events.values() for t in lane) < 4:
        message = json.loads(connection.recv())
        events[message["stream_id"]].append(message["type"])
    for types in events.values():
        end = types.index(types[-1]) + 1
        check_order(types[:end])
        check_order(types[end:])
    connection.close()


def test_two_lanes_fork_a_conversation(at: str):
    connection = websocket.create_connection(at, timeout=120)
    begun = created(connection, **ASK, store=False)[-1]["response"]
    for lane in ("a", "b"):
        connection.send(json.dumps({"type": "response.create", "stream_id": lane, "input": f"Now {lane}.", "max_output_tokens": 2,
                                    "temperature": 0, "store": False, "previous_response_id": begun["id"]}))
    ends: dict[str, dict] = {}
    while len(ends) < 2:
        message = json.loads(connection.recv())
        assert message["type"] != "error", message
        if message["type"] in ("response.completed", "response.incomplete"):
            ends[message["stream_id"]] = message["response"]
    assert ends["a"]["id"] != ends["b"]["id"] and ends["a"]["previous_response_id"] == ends["b"]["previous_response_id"] == begun["id"]
    assert all(end["usage"]["input_tokens"] > begun["usage"]["total_tokens"] for end in ends.values())
    connection.send(json.dumps({"type": "response.steer", "input": "Faster."}))
    refused = json.loads(connection.recv())
    assert refused["type"] == "error" and refused["error"]["param"] == "type"
    connection.close()


def test_websockets_async(at: str, ai: openai.OpenAI, model: str):
    whole = ai.responses.create(model=model, **ASK).output_text

    async def one() -> str:
        async with websockets.connect(at) as connection:
            await connection.send(json.dumps({"type": "response.create", **ASK}))
            text = ""
            async for raw in connection:
                message = json.loads(raw)
                text += message["delta"] if message["type"] == "response.output_text.delta" else ""
                if message["type"] in ("response.completed", "response.incomplete"):
                    return text
        raise AssertionError("it ended early")

    async def many() -> list[str]:
        return await asyncio.gather(*(one() for _ in range(8)))

    assert asyncio.run(many()) == [whole] * 8
