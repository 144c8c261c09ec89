"""What a running server writes: a line for each answer, in the form that was asked for, and nothing of what was said."""

import json
from pathlib import Path

import httpx
from supervised import supervised

SECRET = "aubergine zeppelin quartz"


def ask(url: str) -> None:
    for path, body in (("/v1/completions", {"prompt": SECRET, "max_tokens": 4}),
                       ("/v1/chat/completions", {"messages": [{"role": "user", "content": SECRET}], "max_tokens": 4}),
                       ("/v1/completions", {"prompt": SECRET, "max_tokens": "four"})):
        httpx.post(f"{url}{path}", json=body, headers={"x-request-id": "ask-7"}, timeout=60)


def test_json_lines_have_the_request_and_nothing_of_its_text(tmp_path: Path) -> None:
    with supervised(tmp_path / "s", "--set", "logging.format=json", "--set", "logging.requests=true", "--log-level", "trace") as one:
        one.wait_ready()
        ask(one.url)
        httpx.get(f"{one.url}/no%20such?{SECRET}", headers={"x-request-id": "ask-8"})
        assert one.end() == 0
    text = one.log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert all({"time", "level", "message"} <= line.keys() for line in lines)
    answers = [line for line in lines if line.get("request_id") == "ask-7"]
    assert [(line["http_path"], line["http_status"]) for line in answers] == [
        ("/v1/completions", "200"), ("/v1/chat/completions", "200"), ("/v1/completions", "400")]
    assert all(int(line["took_us"]) > 0 for line in answers)
    assert [line["http_status"] for line in lines if line.get("request_id") == "ask-8"] == ["404"]
    assert not any(word in text for word in SECRET.split())


def test_in_a_container_lines_are_json_without_being_asked(tmp_path: Path) -> None:
    with supervised(tmp_path / "s", environment={"container": "oci", "HAWSER_LOGGING_FORMAT": "auto"}) as one:
        one.wait_ready()
        assert one.end() == 0
    assert all(json.loads(line)["message"] for line in one.log.read_text().splitlines())


def test_plain_lines_otherwise_and_no_access_log_unless_asked(tmp_path: Path) -> None:
    with supervised(tmp_path / "s", "--set", "logging.format=plain") as one:
        one.wait_ready()
        ask(one.url)
        assert one.end() == 0
    text = one.log.read_text()
    assert "info ready on http://" in text
    assert "ask-7" not in text
