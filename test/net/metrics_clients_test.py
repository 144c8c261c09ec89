"""The metrics: names that stay, rules that promtool checks, and a dashboard whose every query has an answer."""

import json
import math
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from serving import ROOT, free_port, started

RULES = ROOT / "deploy" / "prometheus" / "hawser.rules.yml"
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "hawser.json").read_text())
PATIENCE = 60.0


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("metrics") / "log") as (at, _):
        some_load(at)
        yield at


def some_load(url: str) -> None:
    with httpx.Client(base_url=url, timeout=60) as http:
        for number in range(6):
            body = {"messages": [{"role": "user", "content": f"Hello {number % 3}"}], "max_tokens": 6, "temperature": 0}
            assert http.post("/v1/chat/completions", json=body).status_code == 200
            # Computed each time.
            body = {"text": f"One {number}", "max_tokens": 6, "stream": True}
            assert http.post("/predict", json=body, headers={"Cache-Control": "no-store"}).status_code == 200


def families(text: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Type and labels by name; of a histogram without what its buckets add."""
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    labels: dict[str, set[str]] = {name: set() for name in kinds}
    for name, inner in re.findall(r"^([a-z0-9_:]+)(?:\{([^}]*)\})? ", text, re.MULTILINE):
        base = next(one for one in (name, re.sub(r"_(bucket|sum|count)$", "", name)) if one in kinds)
        labels[base] |= set(re.findall(r'(\w+)="', inner)) - {"le"}
    return {name: (kind, frozenset(labels[name])) for name, kind in kinds.items()}


def test_names_types_and_labels_are_those_of_the_page(url: str) -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    listed = {name: (kind, frozenset(re.findall(r"`(\w+)`", labels)))
              for name, kind, labels in re.findall(r"^\| `([a-z0-9_:]+)` \| (\w+) \| ([^|]*) \|", page, re.MULTILINE)}
    assert len(listed) > 50
    assert families(httpx.get(f"{url}/metrics").text) == listed


def test_the_rules_are_good_and_every_alert_fires_and_is_quiet() -> None:
    promtool = shutil.which("promtool")
    assert promtool
    for command in (["check", "rules", RULES], ["check", "config", RULES.parent / "prometheus.yml"], ["test", "rules", RULES.parent / "hawser.rules.test.yml"]):
        ran = subprocess.run([promtool, *command], capture_output=True, text=True, cwd=RULES.parent)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    alerts = {rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"] if "alert" in rule}
    tried = [(case["alertname"], bool(case["exp_alerts"])) for test in yaml.safe_load((RULES.parent / "hawser.rules.test.yml").read_text())["tests"]
             for case in test["alert_rule_test"]]
    assert set(tried) == {(alert, fires) for alert in alerts for fires in (True, False)}


def metrics_in(expression: str) -> set[str]:
    return set(re.findall(r"\b((?:vllm:|hawser_|process_)[a-z0-9_:]+)", expression))


def expressions() -> list[str]:
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def test_rules_and_dashboard_name_metrics_that_exist(url: str) -> None:
    known = families(httpx.get(f"{url}/metrics").text)
    named = set().union(*(metrics_in(one) for one in [*expressions(), RULES.read_text()]))
    wrong = {one for one in named if one not in known and re.sub(r"_(bucket|sum|count)$", "", one) not in known}
    assert not wrong


@pytest.fixture(scope="module")
def prometheus(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("prometheus")
    target = url.removeprefix("http://")
    (folder / "prometheus.yml").write_text(
        f"global: {{ scrape_interval: 500ms, evaluation_interval: 500ms }}\nrule_files: [{RULES}]\n"
        f"scrape_configs:\n  - job_name: hawser\n    static_configs: [{{ targets: ['{target}'] }}]\n")
    at = f"127.0.0.1:{free_port()}"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                                    f"--web.listen-address={at}"], stdout=log, stderr=log)
    try:
        yield f"http://{at}"
    finally:
        process.terminate()
        process.wait(20)


def asked(prometheus: str, expression: str) -> list[float]:
    try:
        said = httpx.get(f"{prometheus}/api/v1/query", params={"query": expression}, timeout=10).json()
    except httpx.TransportError:
        return []
    assert said["status"] == "success", said
    return [float(one["value"][1]) for one in said["data"]["result"]]


def test_every_query_of_the_dashboard_has_an_answer(url: str, prometheus: str) -> None:
    recorded = [rule["record"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"] if "record" in rule]
    missing = [one.replace("$__rate_interval", "1m").replace("$instance", ".*") for one in expressions()] + recorded
    deadline = time.monotonic() + PATIENCE
    while missing:
        assert time.monotonic() < deadline, missing
        some_load(url)
        missing = [one for one in missing if not any(map(math.isfinite, asked(prometheus, one)))]
    assert asked(prometheus, "sum(vllm:generation_tokens_total)")[0] > 0
