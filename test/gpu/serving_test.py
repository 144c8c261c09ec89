"""The whole server on a simulated device: the CPU's tokens, and what becomes of requests when the device has no memory or breaks."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "test" / "net"), str(ROOT / "test" / "model" / "reference")]

import tiny_model  # noqa: E402
from serving import BINARY, BUILD, free_port, wait_for_line, wait_ready  # noqa: E402

PROMPTS = ["Hello there", "A", "once upon a time, in a land far", "42 + 17 =", "x y z"]
# Weights are not rounded, nor what they are multiplied with: both devices then choose alike, also where two tokens are nearly even.
# A step on the simulated device takes some milliseconds a token, and on a busy machine much longer: nobody is refused for that.
SMALL = ["--set", "scheduling.seats=4", "--set", "scheduling.step_tokens=16", "--set", "warm_up.rehearsal_tokens=0", "--set", "cpu.page_tokens=16",
         "--set", "cache.memory=0", "--set", "overload.throttle=false"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("model") / "tiny.gguf"
    file.write_bytes(bytes(tiny_model.make_tiny_model({"context": 2048, "types": ["F32"]})))
    return file


class Server:
    def __init__(self, log: Path, model: Path, flags: tuple[str, ...], script: str):
        self.log = log
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        own = {"HAWSER_LOGGING_FORMAT": "plain", "HAWSER_GPU_LIBRARY": str(BUILD / "libhawser_gpu_simulated.so"), "HAWSER_SIMULATED_GPU": script}
        with log.open("w") as out:
            self.process = subprocess.Popen([BINARY, "serve", model, "--port", str(port), *SMALL, *flags], stdout=out, stderr=out,
                                            env=os.environ | own)

    def ask(self, prompt: str, **more: object) -> httpx.Response:
        body = {"prompt": prompt, "max_tokens": 8, "temperature": 0} | more
        return httpx.post(f"{self.url}/v1/completions", json=body, timeout=60)

    def text(self, prompt: str, **more: object) -> str:
        answer = self.ask(prompt, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()["choices"][0]["text"]


@contextlib.contextmanager
def served(tmp_path: Path, model: Path, *flags: str, script: str = "", ready: bool = True) -> Iterator[Server]:
    one = Server(tmp_path / "log", model, flags, script)
    try:
        if ready:
            wait_ready(one.url, one.process)
        yield one
    finally:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait(10)
        print(one.log.read_text()[-3000:])


def answers(one: Server) -> list[str]:
    # Several at once, beside a stream that its reader leaves.
    with ThreadPoolExecutor(len(PROMPTS)) as pool, \
            httpx.stream("POST", f"{one.url}/v1/completions", timeout=60, json={"prompt": "left", "max_tokens": 200, "stream": True}) as leaving:
        assert next(leaving.iter_lines()).startswith("data:")
        running = [pool.submit(one.text, prompt) for prompt in PROMPTS]
        leaving.close()
        greedy = [each.result() for each in running]
    return [*greedy, one.text("Drawn", temperature=0.8, seed=7), *one_stream(one)]


def one_stream(one: Server) -> list[str]:
    with httpx.stream("POST", f"{one.url}/predict", timeout=60, json={"text": "Hello", "max_tokens": 6, "stream": True}) as answer:
        return [line for line in answer.iter_lines() if line.startswith("data:") and "timings" not in line]


def test_a_simulated_device_gives_the_tokens_of_the_cpu(tmp_path: Path, model: Path) -> None:
    said = {}
    for device in ("none", "auto"):
        with served(tmp_path, model, "--device", device) as one:
            said[device] = answers(one)
            log = one.log.read_text()
            assert ("tiny on cuda 0, Stand-in 0;" in log) == (device == "auto")
    assert said["none"] == said["auto"]
    assert len(set(said["none"])) > len(PROMPTS)


def test_a_small_card_gets_fewer_pages_and_says_so(tmp_path: Path, model: Path) -> None:
    with served(tmp_path, model, script="memory=850000") as one:
        wait_for_line(one.log, "of the context's 2048 tokens")
        assert "GPU 0, Stand-in 0 has 0 MB of 0 MB free" in one.log.read_text()
        assert one.text("Hello there")


def test_too_small_a_card_leaves_it_to_the_cpu_unless_it_was_named(tmp_path: Path, model: Path) -> None:
    with served(tmp_path, model, script="memory=510000") as one:
        wait_for_line(one.log, "until then the CPU serves")
        assert "tiny on cpu" in one.log.read_text() and one.text("Hello there")
    with served(tmp_path, model, "--device", "0", script="memory=510000", ready=False) as one:
        assert one.process.wait(60) == 75
        assert "nothing is left for keys and values" in one.log.read_text()


@pytest.mark.parametrize(("script", "sentence"), [
    ("driver=0", "no NVIDIA driver was found"), ("driver=12040", "the NVIDIA driver is too old"), ("devices=0", "shows no device")])
def test_without_a_device_the_cpu_serves_and_one_sentence_says_why(tmp_path: Path, model: Path, script: str, sentence: str) -> None:
    with served(tmp_path, model, script=script) as one:
        assert one.log.read_text().count(sentence) == 1
        assert one.text("Hello there")
    with served(tmp_path, model, "--device", "0", script=script, ready=False) as one:
        assert one.process.wait(60) == 69
        assert sentence in one.log.read_text()


def test_a_device_that_is_not_there_or_no_number_ends_the_start(tmp_path: Path, model: Path) -> None:
    with served(tmp_path, model, "--device", "3", ready=False) as one:
        assert one.process.wait(60) == 69
        assert "gpu.device is 3, and the devices that can serve are 0, Stand-in 0" in one.log.read_text()
    with served(tmp_path, model, "--device", "cuda", ready=False) as one:
        assert one.process.wait(60) == 64
        assert "auto, none, or the number of a device" in one.log.read_text()


def test_a_step_without_memory_fails_alone(tmp_path: Path, model: Path) -> None:
    with served(tmp_path, model, script="fail=cudaLaunchKernel:400:2") as one:
        said = [one.ask("Hello there") for _ in range(6)]
        failed = [answer for answer in said if answer.status_code != 200]
        assert len(failed) == 1 and "the device ran out of memory for this request" in failed[0].text
        assert len({answer.json()["choices"][0]["text"] for answer in said if answer not in failed}) == 1
        assert httpx.get(f"{one.url}/ready").status_code == 200


def test_a_broken_device_ends_its_requests_and_the_server_for_its_manager_to_start_again(tmp_path: Path, model: Path) -> None:
    with served(tmp_path, model, script="fail=cudaLaunchKernel:400:719") as one:
        failed = None
        for _ in range(6):
            answer = one.ask("Hello there")
            if answer.status_code != 200:
                failed = answer
                break
        assert failed is not None and "the device failed" in failed.text
        assert one.process.wait(60) == 69
        assert "the device failed" in one.log.read_text()


def test_of_two_devices_one_may_break_and_is_made_anew(tmp_path: Path, model: Path) -> None:
    with served(tmp_path, model, "--device", "none") as one:
        right = [one.text(prompt) for prompt in PROMPTS]
    with served(tmp_path, model, "--device", "0,1", script="devices=2 fail=cudaLaunchKernel:700:719") as one:
        assert "tiny on cuda 0, Stand-in 0 and cuda 1, Stand-in 1;" in one.log.read_text()
        failed = 0
        for turn in range(30):
            answer = one.ask(PROMPTS[turn % len(PROMPTS)])
            if answer.status_code == 200:
                assert answer.json()["choices"][0]["text"] == right[turn % len(PROMPTS)]
                continue
            failed += 1
            assert "the device failed" in answer.text
            break
        assert failed == 1
        wait_for_line(one.log, "the others go on")
        assert [one.text(prompt) for prompt in PROMPTS] == right
        assert httpx.get(f"{one.url}/ready").status_code == 200
        wait_for_line(one.log, "serves again")
        with ThreadPoolExecutor(len(PROMPTS)) as pool:
            assert list(pool.map(one.text, PROMPTS)) == right


def test_beside_a_device_the_libraries_are_named() -> None:
    own = {"HAWSER_GPU_LIBRARY": str(BUILD / "libhawser_gpu_simulated.so")}
    ran = subprocess.run([BINARY, "devices"], env=os.environ | own, capture_output=True, text=True, timeout=60, check=True)
    assert "Stand-in 0" in ran.stdout
    for name in ("cuDNN", "cuBLASLt"):
        assert any(line.startswith(f"{name} ") and "found" in line and "no step" in line for line in ran.stdout.splitlines()), ran.stdout
