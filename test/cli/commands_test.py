"""What the command says, and how it exits, when what it is given is wrong. No model is needed."""

import json
import socket
import struct
from pathlib import Path

import pytest
from hawser_command import hawser

COMMANDS = ["serve", "generate", "tokenize", "inspect", "perplexity", "bench", "load", "quantize", "simulate", "check", "devices", "top", "health", "version"]


def one_sentence(said: str) -> str:
    assert said.startswith("hawser: "), said
    assert said.count("\n") == 1, said
    return said


def test_help_names_every_command_and_every_exit_code() -> None:
    ran = hawser("--help")
    assert ran.code == 0
    for name in COMMANDS:
        assert f"  {name} " in ran.out
    for code in ("0 done", "2 a flag", "64 ", "66 ", "69 ", "70 ", "71 ", "73 ", "75 ", "76 "):
        assert code in ran.out


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name: str) -> None:
    ran = hawser(name, "--help")
    assert ran.code == 0
    assert "Usage: hawser " + name in ran.out


def test_version() -> None:
    ran = hawser("version")
    assert ran.code == 0
    assert ran.out == hawser("--version").out
    assert ran.out.startswith("hawser 0.")


def test_devices_says_what_computes_and_why_a_gpu_does_not() -> None:
    ran = hawser("devices", "--library", "/nowhere/libhawser_gpu.so")
    assert ran.code == 0
    assert "\ncpu " in ran.out
    assert "/nowhere/libhawser_gpu.so" in ran.out
    assert "the CPU serves" in ran.out
    said = json.loads(hawser("devices", "--json", environment={"HAWSER_GPU_LIBRARY": "/nowhere/x.so"}).out)
    assert said["cpu"]["cores"] >= 1
    assert said["gpu"]["problem"]["kind"] == "no-library"
    assert said["gpu"]["devices"] == []
    assert [library["name"] for library in said["gpu"]["libraries"]] == ["cuDNN", "cuBLASLt"]
    for library in said["gpu"]["libraries"]:
        assert (f"{library['version']} was found" if library["version"] else "was not found") in library["sentence"]


def test_devices_finds_its_library_beside_the_program() -> None:
    said = json.loads(hawser("devices", "--json").out)
    assert said["gpu"]["library"].endswith("/libhawser_gpu.so")
    problem = said["gpu"]["problem"]
    assert bool(said["gpu"]["devices"]) == (problem is None)
    if problem is not None:
        assert problem["kind"] != "no-library"
        for part in ("hawser needs", "the CPU serves"):
            assert part in problem["sentence"]


@pytest.mark.parametrize(
    ("args", "part"),
    [
        ([], "A subcommand is required"),
        (["sevre"], 'unknown command "sevre": did you mean "serve"?'),
        (["frobnicate"], "`hawser --help` lists them"),
        (["bench", "--frob"], "--frob"),
        (["bench", "--prompt", "0"], "--prompt"),
        (["bench", "--batch", "1,x"], "--batch"),
        (["bench", "--kernels", "sse2"], "--kernels"),
        (["perplexity", "--file", "a", "--kv", "f32"], "--kv"),
        (["generate", "--temperature", "-1"], "--temperature"),
        (["generate", "-p", "a", "--file", "b"], "excludes"),
        (["perplexity"], "--file is required"),
        (["bench", "claims", "--only", "speed"], "no such claim; there are dynamic, static"),
        (["load", "https://localhost"], "TLS"),
        (["top", "--interval", "0"], "--interval"),
        (["top", "ftp://here"], "expected http://HOST:PORT"),
        (["load", "--rate", "5/6"], "--rate: \"5/6\": expected a rate"),
        (["load", "--rate", "5", "--concurrency", "2"], "closed loop"),
        (["load", "--class", "colour=red"], "a class has no \"colour\""),
        (["load", "--extra", "[]"], "--extra"),
        (["check", "--set", "server.port"], "expected KEY=VALUE"),
        (["simulate", "--scenario", "weather"], 'there is no scenario "weather": there are server, actors'),
        (["simulate", "--file", "nowhere"], "cannot read nowhere"),
    ],
)
def test_wrong_usage_is_one_sentence_and_code_2(args: list[str], part: str) -> None:
    ran = hawser(*args)
    assert ran.code == 2, ran.said
    assert part in one_sentence(ran.said)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[server]\nprot = 1\n", ':2:1: unknown key "server.prot": did you mean "server.port"?'),
        ("[server]\nport = 'a'\n", ':2:8: server.port: expected an integer, found the string "a"'),
        ("[server]\nport = 99999\n", ":2:8: server.port must be in 0 .. 65535"),
        ("[server\n", ":1:"),
    ],
)
@pytest.mark.parametrize("command", ["check", "serve"])
def test_a_wrong_configuration_is_said_with_its_line(command: str, text: str, part: str, tmp_path: Path) -> None:
    file = tmp_path / "hawser.toml"
    file.write_text(text)
    ran = hawser(command, "--config", file)
    assert ran.code == 64
    assert f"{file}{part}" in one_sentence(ran.said)


def test_check_prints_what_would_take_effect_and_where_it_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "hawser.toml"
    file.write_text("chunk_threshold = 100\n[server]\nport = 1\n")
    ran = hawser("check", file, "--set", "server.host=::", environment={"HAWSER_SERVER_PORT": "2", "HAWSER_SERVICE_HOST": "x"})
    assert ran.code == 0
    assert "chunk_threshold = 100  # file\n" in ran.out
    assert "port = 2  # environment\n" in ran.out
    assert 'host = "::"  # flag\n' in ran.out
    assert "HAWSER_SERVICE_HOST is not a configuration key" in ran.said
    again = tmp_path / "again.toml"
    again.write_text(ran.out)
    assert hawser("check", again).code == 0


def test_the_configuration_file_may_come_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "hawser.toml"
    file.write_text("nonsense = 1\n")
    assert hawser("check", environment={"HAWSER_CONFIG": str(file)}).code == 64
    assert hawser("check", file.with_name("missing.toml")).code == 64


def test_printed_defaults_change_nothing(tmp_path: Path) -> None:
    file = tmp_path / "hawser.toml"
    file.write_text(hawser("check", "--print-defaults").out)
    ran = hawser("check", file)
    assert ran.code == 0
    defaults = hawser("check").out
    assert ran.out.replace("  # file, hot", "  # hot").replace("  # file", "") == defaults
    # Which keys a reload takes.
    assert 'level = "info"  # hot\n' in defaults


@pytest.mark.parametrize("command", ["serve", "generate", "tokenize", "inspect", "bench"])
def test_a_model_that_is_not_there_is_code_66(command: str, tmp_path: Path) -> None:
    path = tmp_path / "none.gguf"
    ran = hawser(command, path)
    assert ran.code == 66
    assert f"model file {path} does not exist: name a GGUF file" in one_sentence(ran.said)
    ran = hawser(command, environment={"HAWSER_MODELS": str(tmp_path)})
    assert ran.code == 66
    assert "`make model` fetches it" in one_sentence(ran.said)


@pytest.mark.parametrize(
    ("content", "part"),
    [(b"", "GGUF"), (b"# a text\n", "GGUF"), (struct.pack("<4sIQQ", b"GGUF", 9, 0, 0), "version"),
     (struct.pack("<4sIQQ", b"GGUF", 3, 5, 5), "")],
)
def test_a_broken_model_is_code_66(content: bytes, part: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)
    for command in ("inspect", "serve", "generate"):
        ran = hawser(command, path)
        assert ran.code == 66
        assert part in one_sentence(ran.said)
        assert str(path) in ran.said
    assert hawser("inspect", tmp_path).code == 66


def test_a_port_in_use_is_code_71(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        path = tmp_path / "vocabulary.gguf"
        path.write_bytes(struct.pack("<4sIQQ", b"GGUF", 3, 0, 0))
        ran = hawser("serve", path, "--port", port)
    assert ran.code == 71, ran.said
    assert f"port {port} is in use" in ran.said
