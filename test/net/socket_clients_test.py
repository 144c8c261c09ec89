"""GET /predict as a WebSocket, with two clients that know nothing of each other: websockets and websocket-client."""

import asyncio
import json

import httpx
import pytest
import websocket
import websockets

TEXT = "Once upon a time"


@pytest.fixture(scope="module")
def at(url: str) -> str:
    return url.replace("http", "ws", 1) + "/predict"


def told(connection: websocket.WebSocket, count: int) -> dict[str, list[dict]]:
    """What is said until so many requests have had their last message, by id."""
    said: dict[str, list[dict]] = {}
    while count > 0:
        message = json.loads(connection.recv())
        said.setdefault(message.get("id", ""), []).append(message)
        count -= "finish_reason" in message or "error" in message
    return said


def test_the_same_text_as_by_post(at: str, http: httpx.Client):
    body = {"text": TEXT, "max_tokens": 16}
    whole = http.post("/predict", json=body).json()
    connection = websocket.create_connection(at, timeout=120)
    connection.send(json.dumps(body | {"id": "a"}))
    said = told(connection, 1)["a"]
    assert "".join(m.get("text", "") for m in said) == whole["text"]
    assert said[-1]["completion_tokens"] == whole["completion_tokens"] and said[-1]["finish_reason"] == whole["finish_reason"]
    connection.send(json.dumps(body | {"id": "b", "stream": False}))
    assert [m["text"] for m in told(connection, 1)["b"]] == [whole["text"]]
    connection.close()
    assert not connection.connected


def test_several_at_once_one_of_them_cancelled(at: str, http: httpx.Client):
    whole = http.post("/predict", json={"text": TEXT, "max_tokens": 12}).json()
    connection = websocket.create_connection(at, timeout=120)
    connection.send(json.dumps({"id": "long", "text": "Write on", "max_tokens": 1500, "ignore_eos": True, "seed": 1, "temperature": 1}))
    first = json.loads(connection.recv())
    assert first["id"] == "long"
    for i in range(4):
        connection.send(json.dumps({"id": str(i), "text": TEXT, "max_tokens": 12}))
    connection.send(json.dumps({"id": "wrong", "text": TEXT, "max_tokens": 0}))
    connection.send(json.dumps({"id": "long", "text": TEXT}))
    said = told(connection, 6)
    assert all("".join(m.get("text", "") for m in said[str(i)]) == whole["text"] for i in range(4))
    assert said["wrong"][-1]["error"]["param"] == "max_tokens"
    # Its own text may have come after it.
    assert [m["error"]["param"] for m in said["long"] if "error" in m] == ["id"]
    connection.send(json.dumps({"cancel": "long"}))
    last = told(connection, 1)["long"][-1]
    assert last["finish_reason"] == "cancelled" and last["completion_tokens"] < 1500
    connection.close()


def test_websockets_async_many_connections(at: str):
    async def one(number: int) -> str:
        async with websockets.connect(at) as connection:
            await connection.send(json.dumps({"text": TEXT, "max_tokens": 8, "priority": "interactive"}))
            text = ""
            async for raw in connection:
                message = json.loads(raw)
                text += message.get("text", "")
                if "finish_reason" in message:
                    return text
            raise AssertionError(f"connection {number} ended early")

    async def main() -> list[str]:
        return await asyncio.gather(*(one(i) for i in range(8)))

    assert len(set(asyncio.run(main()))) == 1


def test_a_client_that_leaves_frees_its_seat(at: str, http: httpx.Client):
    async def main() -> None:
        connection = await websockets.connect(at)
        await connection.send(json.dumps({"text": "Write on", "max_tokens": 4000, "ignore_eos": True, "seed": 2, "temperature": 1}))
        await connection.recv()
        await connection.close()

    asyncio.run(main())
    # Nothing runs any more: the next has the machine for itself, and says so.
    for _ in range(200):
        if "vllm:num_requests_running" in (page := http.get("/metrics").text):
            values = [float(line.rsplit(" ", 1)[1]) for line in page.splitlines() if line.startswith("vllm:num_requests_running")]
            if sum(values) == 0:
                return
        http.post("/predict", json={"text": "a", "max_tokens": 1}, headers={"cache-control": "no-store"})
    raise AssertionError("the answer of a client that left still runs")


def test_other_frames_are_refused(at: str):
    async def main() -> int:
        async with websockets.connect(at) as connection:
            await connection.send(b"bytes")
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await connection.recv()
            return closed.value.rcvd.code

    assert asyncio.run(main()) == 1008
    with pytest.raises(websocket.WebSocketBadStatusException):
        websocket.create_connection(at, timeout=30, origin="https://elsewhere.example")
