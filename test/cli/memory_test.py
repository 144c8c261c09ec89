"""A real server with little memory under real load: it answers or refuses, shows its gauges, and stays."""

import json
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from hawser_command import BINARY, SMOLLM2

pytestmark = pytest.mark.skipif(not SMOLLM2.exists(), reason="no model")

LIMIT_MB = 180  # of which weights, scratch and the process itself are 150
MB = 1 << 20


class Server:
    def __init__(self, *flags: str) -> None:
        self.process = subprocess.Popen([BINARY, "serve", SMOLLM2, "--port", "0", *flags], stderr=subprocess.PIPE, text=True)
        self.said: list[str] = []
        found = None
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.search(r"ready.*?(http://[\d.]+:\d+)", line):
                break
        assert found, "".join(self.said)
        self.url = found[1]
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def gauges(self) -> dict[str, float]:
        with urllib.request.urlopen(self.url + "/metrics", timeout=30) as page:
            text = page.read().decode()
        made = {owner: float(value) for owner, value in re.findall(r'hawser_memory_bytes\{.*owner="(\w+)"\} (\S+)', text)}
        for name in ("hawser_memory_limit_bytes", "hawser_memory_given_back_total", "process_resident_memory_bytes"):
            made[name] = float(re.search(rf"^{name}(?:\{{.*\}})? (\S+)$", text, re.M)[1])
        return made

    def post(self, body: dict) -> tuple[int, dict, dict]:
        request = urllib.request.Request(self.url + "/v1/completions", json.dumps(body).encode(), {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                return answer.status, dict(answer.headers), json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, dict(refused.headers), json.load(refused)


@pytest.fixture()
def server() -> Iterator[Server]:
    one = Server("--memory-limit", str(LIMIT_MB), "--set", "gc_interval=0.2", "--set", "overload.throttle=false")
    yield one
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(60) == 0


def test_little_memory_is_enough_for_a_crowd(server: Server) -> None:
    warning = "".join(server.said)
    assert f"memory_limit allows {LIMIT_MB}.0 MB" in warning
    assert "instead of" in warning
    before = server.gauges()
    assert before["hawser_memory_limit_bytes"] == LIMIT_MB * MB
    assert before["weights"] > 50 * MB
    assert before["scratch"] > 0
    results: list[tuple[int, dict, dict]] = []

    def ask(i: int) -> None:
        prompt = f"Story {i}: " + f"the ship number {i} went out to sea and " * 60
        results.append(server.post({"prompt": prompt, "max_tokens": 8, "priority": ["interactive", "standard", "batch"][i % 3]}))

    def ask_too_much(i: int) -> None:
        results.append(server.post({"prompt": f"{i} " + "sea " * 700_000, "max_tokens": 1}))

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(12)]
    threads += [threading.Thread(target=ask_too_much, args=(i,)) for i in range(40)]
    for one in threads:
        one.start()
    seen = []
    while any(one.is_alive() for one in threads):
        seen.append(server.gauges())
        threads[0].join(0.1)
        for one in threads:
            if one.is_alive():
                one.join(0.1)
                break
    assert len(results) == len(threads)
    for status, headers, body in results:
        if status == 200:
            assert body["choices"][0]["finish_reason"] in ("stop", "length")
        elif status == 400:
            assert "tokens" in body["error"]["message"]
        else:
            assert status == 503, body
            assert body["error"]["limit"] == "memory"
            assert 1 <= int(headers["Retry-After"]) <= 60
    assert sum(status == 200 for status, _, _ in results) >= 6
    assert max(one["queues"] for one in seen) > 0
    assert max(one["kv"] for one in seen) > 0
    # Forty of these texts are far more than there is room for.
    assert any(status == 503 for status, _, _ in results) or max(one["hawser_memory_given_back_total"] for one in seen) > 0
    # Code and files are resident, too, and not counted; what is over is given back within a moment.
    assert max(one["process_resident_memory_bytes"] for one in seen) < (LIMIT_MB + 80) * MB
    assert server.process.poll() is None
    after = server.gauges()
    assert after["kv"] == 0
    assert after["queues"] == 0
    # What the crowd left on the heap may still be on its way back: a client that obeys is served.
    for _ in range(5):
        status, headers, body = server.post({"prompt": "Once upon a time", "max_tokens": 4})
        if status == 200:
            break
        assert (status, body["error"]["limit"]) == (503, "memory"), body
        time.sleep(int(headers["Retry-After"]))
    assert status == 200
