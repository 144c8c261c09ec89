"""/openapi.json is true: a property-based test finds nothing, and no field and no endpoint is left out."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from serving import ROOT, started

CONFIGURATION = """
[checks]
# Refusals for load and for deadlines, as small as the test makes them, are answers.
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503", "504", "529"]
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("openapi") / "server.log") as (at, _):
        yield at


@pytest.fixture(scope="module")
def document(url: str) -> dict:
    return httpx.get(f"{url}/openapi.json").json()


def test_schemathesis_finds_nothing(url: str, tmp_path: Path) -> None:
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION)
    ran = subprocess.run(
        [Path(sys.executable).parent / "schemathesis", "--config-file", configuration, "run", f"{url}/openapi.json",
         "--phases", "coverage,fuzzing,stateful", "--max-examples", "12", "--seed", "20", "--generation-database", "none",
         "--continue-on-failure", "--request-timeout", "60", "--no-color"],
        capture_output=True, text=True, cwd=tmp_path, timeout=400,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "openapi_hooks", "PYTHONPATH": str(Path(__file__).parent)})
    print(ran.stdout[-20000:], ran.stderr[-2000:])
    assert ran.returncode == 0
    tested = re.search(r"(\d+) generated", ran.stdout)
    assert tested and int(tested[1]) > 2000
    assert httpx.get(f"{url}/ready").status_code == 200


def resolved(document: dict, schema: object) -> object:
    while isinstance(schema, dict) and "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def body_of(document: dict, operation: dict) -> dict | None:
    if "requestBody" not in operation:
        return None
    return resolved(document, operation["requestBody"]["content"]["application/json"]["schema"])


def variants(schema: dict) -> list[dict]:
    return schema.get("oneOf", [schema])


def test_every_described_field_is_known(url: str, document: dict) -> None:
    """A field that a codec does not know is refused as such."""
    with httpx.Client(base_url=url) as http:
        for path, methods in document["paths"].items():
            body = body_of(document, methods.get("post", {}))
            for variant in variants(body) if body else []:
                for name in variant["properties"]:
                    # Nothing takes this value, or it is enough to be asked for something that is missing.
                    said = http.post(path, json={name: {"a": "b"}})
                    assert said.status_code == 400, (path, name, said.text)
                    assert f"{name}: unknown field" not in said.text, (path, name)
                said = http.post(path, json={"no_such_field": 1})
                assert said.status_code == 400, (path, said.text)


def names_in(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for each in schema.values():
            yield from names_in(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from names_in(each)


def test_every_field_that_is_read_is_described(document: dict) -> None:
    described = set(names_in(document["components"]["schemas"]))
    # Of WebSocket messages, which OpenAPI has no words for.
    described |= {"prewarm", "generate"}
    asked = re.compile(r'\.(?:find|number|integer|boolean|string|array|object|refuse|only)\(\s*"([a-z_0-9]+)"')
    read = set()
    for source in sorted((ROOT / "net").glob("*.cpp")):
        text = source.read_text()
        if "field_reader" in text:
            read |= {(name, source.name) for name in asked.findall(text)}
    assert len(read) > 100
    assert sorted(one for one in read if one[0] not in described) == []


def test_every_endpoint_is_described(url: str, document: dict) -> None:
    listed = set(httpx.get(url).json()["endpoints"])
    described = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert described - listed <= {"GET /", "GET /v1/models/{id}", "DELETE /v1/responses/{id}"}
    assert listed <= described


def test_the_version_has_a_revision(url: str) -> None:
    said = httpx.get(f"{url}/version").json()
    assert re.fullmatch(r"\d+\.\d+\.\d+", said["version"])
    assert said["revision"] is None or re.fullmatch(r"[0-9a-f]{12}", said["revision"])
    assert json.loads(httpx.get(f"{url}/openapi.json").text)["info"]["version"] == said["version"]
