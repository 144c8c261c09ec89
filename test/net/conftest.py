"""Starts `HAWSER_BIN serve HAWSER_MODEL` on a free port, or uses a running one: pytest ... --url http://127.0.0.1:8000."""

import httpx
import openai
import pytest
from crowd import Process
from serving import started


def pytest_addoption(parser):
    parser.addoption("--url", default="", help="a running server to test, instead of starting one")


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory):
    given = pytestconfig.getoption("--url")
    if given:
        yield given.rstrip("/"), None
        return
    with started(tmp_path_factory.mktemp("server") / "log") as (url, process):
        yield url, Process(process.pid)


@pytest.fixture(scope="session")
def url(server: tuple[str, Process | None]) -> str:
    return server[0]


@pytest.fixture(scope="session")
def process(server: tuple[str, Process | None]) -> Process | None:
    return server[1]


@pytest.fixture(scope="session")
def http(url: str):
    with httpx.Client(base_url=url, timeout=120) as client:
        yield client


@pytest.fixture(scope="session")
def model(http: httpx.Client) -> str:
    return http.get("/v1/models").json()["data"][0]["id"]


@pytest.fixture(scope="session")
def ai(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)
