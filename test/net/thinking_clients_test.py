"""What a model thinks, as openai-python and anthropic-python find it: the tested model with a chat template that has tags for it."""

import struct
from collections.abc import Iterator
from pathlib import Path

import anthropic
import openai
import pytest
import serving

# With turns that have their thoughts, a small model goes on like them.
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.reasoning_content %}<think>{{ m.reasoning_content }}</think>\n{% endif %}"
    "{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n{% if enable_thinking is defined and not enable_thinking %}<think></think>\n{% endif %}"
)
TURNS = [("red, green, blue", "red"), ("cat, dog, cow", "cat"), ("one, two, three", "one"), ("north, south, east", "north")]
LAST = "salt, sugar, flour"


def with_template(model: bytes, template: bytes) -> bytes:
    """The same file, its chat template replaced by one that is not longer."""
    key = b"tokenizer.chat_template"
    at = model.index(key) + len(key)
    kind, length = struct.unpack_from("<IQ", model, at)
    assert kind == 8 and len(template) + 4 <= length, (kind, length, len(template))
    return model[: at + 12] + template + b"{#" + b" " * (length - len(template) - 4) + b"#}" + model[at + 12 + length :]


@pytest.fixture(scope="module")
def thinker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("thinker")
    model = folder / "thinker.gguf"
    model.write_bytes(with_template(serving.MODEL.read_bytes(), TEMPLATE.encode()))
    try:
        with serving.started(folder / "log", model=model) as (url, _):
            yield url
    finally:
        model.unlink()


def openai_turns() -> list[dict]:
    turns = []
    for asked, first in TURNS:
        turns += [{"role": "user", "content": asked}, {"role": "assistant", "content": first, "reasoning_content": f"The first is {first}."}]
    return [*turns, {"role": "user", "content": LAST}]


def anthropic_turns() -> list[dict]:
    turns = []
    for asked, first in TURNS:
        thought = {"type": "thinking", "thinking": f"The first is {first}.", "signature": ""}
        turns += [{"role": "user", "content": asked}, {"role": "assistant", "content": [thought, {"type": "text", "text": first}]}]
    return [*turns, {"role": "user", "content": LAST}]


def test_openai(thinker: str):
    ask = dict(model="thinker", messages=openai_turns(), max_tokens=40, temperature=0)
    with openai.OpenAI(base_url=f"{thinker}/v1", api_key="none") as client:
        whole = client.chat.completions.create(**ask).choices[0].message
        assert whole.reasoning_content == "The first is salt." and whole.content == "salt"
        deltas = [one.choices[0].delta for one in client.chat.completions.create(**ask, stream=True)]
        assert "".join(getattr(one, "reasoning_content", None) or "" for one in deltas) == whole.reasoning_content
        assert "".join(one.content or "" for one in deltas) == whole.content
        thoughts = [i for i, one in enumerate(deltas) if getattr(one, "reasoning_content", None)]
        assert thoughts and max(thoughts) < min(i for i, one in enumerate(deltas) if one.content)
        quick = client.chat.completions.create(**ask, extra_body={"chat_template_kwargs": {"enable_thinking": False}}).choices[0].message
        assert quick.content and "<think>" not in quick.content and not hasattr(quick, "reasoning_content")


def test_anthropic(thinker: str):
    ask = dict(model="thinker", messages=anthropic_turns(), max_tokens=40, extra_body={"temperature": 0})
    with anthropic.Anthropic(base_url=thinker, api_key="none") as client:
        whole = client.messages.create(**ask)
        assert [block.type for block in whole.content] == ["thinking", "text"]
        assert whole.content[0].thinking == "The first is salt." and whole.content[1].text == "salt"
        with client.messages.stream(**ask) as stream:
            events = [event.type for event in stream]
            thought, text = stream.get_final_message().content
            assert thought == whole.content[0] and text.text == whole.content[1].text
        assert events.index("thinking") < events.index("text") and events.count("content_block_start") == 2
        quick = client.messages.create(**ask, thinking={"type": "disabled"})
        assert [block.type for block in quick.content] == ["text"]
        with pytest.raises(anthropic.BadRequestError, match="thinking"):
            client.messages.create(**ask, thinking={"type": "enabled", "budget_tokens": 1024})


def test_responses(thinker: str):
    items = [{"role": turn["role"], "content": turn["content"]} for turn in openai_turns()[-1:]]
    with openai.OpenAI(base_url=f"{thinker}/v1", api_key="none") as client:
        turns = []
        for asked, first in TURNS:
            thought = {"type": "reasoning", "id": "r", "summary": [], "content": [{"type": "reasoning_text", "text": f"The first is {first}."}]}
            turns += [{"role": "user", "content": asked}, thought, {"role": "assistant", "content": first}]
        made = client.responses.create(model="thinker", input=turns + items, max_output_tokens=40, temperature=0)
        assert [item.type for item in made.output] == ["reasoning", "message"]
        assert made.output[0].content[0].text == "The first is salt." and made.output_text == "salt"
        assert made.usage.output_tokens_details.reasoning_tokens > 0
