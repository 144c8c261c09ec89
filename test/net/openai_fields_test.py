"""No field of OpenAI's API is ignored: each one that the SDK's own types know works, or is refused by its name.

The values come from the types, so a new version of the SDK brings its new fields here by itself."""

import inspect
import itertools
import typing
from collections.abc import Iterable, Sequence

import httpx
import openai
import pytest
from openai.types import completion_create_params as completions
from openai.types import embedding_create_params as embeddings
from openai.types.chat import completion_create_params as chat
from openai.types.responses import response_create_params as responses

# What is answered with 200, and what an answer then has. Anything else has to be refused.
WORKS = {
    "chat": {"messages", "model", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "max_completion_tokens",
             "max_tokens", "n", "seed", "stop", "stream", "stream_options", "temperature", "top_logprobs", "top_p"},
    "completions": {"model", "prompt", "echo", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "max_tokens",
                    "n", "seed", "stop", "stream", "stream_options", "temperature", "top_p"},
    "responses": {"input", "model", "instructions", "max_output_tokens", "metadata", "stream", "stream_options", "temperature",
                  "top_logprobs", "top_p"},
    "embeddings": {"input", "model", "dimensions", "encoding_format"},
}
# Values that ask for what is done anyway; others of the same field are refused.
ASKS_FOR_NOTHING = {
    "chat": {"user": ["text"], "safety_identifier": ["text"], "prompt_cache_key": ["text"], "store": [False],
             "parallel_tool_calls": [True, False], "function_call": ["none", "auto"], "tool_choice": ["none", "auto"],
             "modalities": [["text"]], "service_tier": ["auto", "default"], "verbosity": ["medium"], "reasoning_effort": ["none"],
             "prompt_cache_retention": ["in_memory"], "response_format": [{"type": "text"}],
             "prompt_cache_options": [{}, {"mode": "implicit"}]},
    "completions": {"user": ["text"], "best_of": [1]},
    "responses": {"user": ["text"], "safety_identifier": ["text"], "prompt_cache_key": ["text"], "store": [True, False],
                  "parallel_tool_calls": [True, False], "tool_choice": ["none", "auto"], "service_tier": ["auto", "default"],
                  "background": [False], "max_tool_calls": [1], "truncation": ["disabled"], "prompt_cache_retention": ["in_memory"],
                  "include": [["message.output_text.logprobs"]], "access_programs": [{}], "background_options": [{}], "image": [{}],
                  "prompt_cache_options": [{}, {"mode": "implicit"}, {"comparison_response_id": None}],
                  "reasoning": [{}, {"context": "auto"}, {"mode": "standard"}],
                  "text": [{}, {"format": {"type": "text"}}, {"verbosity": "medium"}]},
    "embeddings": {"user": ["text"]},
}


def resolved(kind):
    while typing.get_origin(kind) in (typing.Required, typing.NotRequired, typing.Annotated):
        kind = typing.get_args(kind)[0]
    return kind


def values_of(kind, depth: int = 0) -> list:
    """Some values of a type: of a union some of each member, of a literal all, of a dictionary what it requires."""
    kind = resolved(kind)
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return list(args)
    if origin is typing.Union:
        return list(itertools.chain.from_iterable(values_of(a, depth) for a in args))
    if origin in (list, Iterable, Sequence):
        return [[v] for v in values_of(args[0], depth + 1)]
    if origin is dict:
        return [{"7" if args[0] is str else 7: v} for v in values_of(args[1], depth + 1)[:1]]
    if hasattr(kind, "__required_keys__"):
        return dictionaries_of(kind, depth)
    return {bool: [True, False], int: [1], float: [0.5], type(None): [None]}.get(kind, ["text"])


def dictionaries_of(kind, depth: int) -> list[dict]:
    """One with what is required, and one with each of the rest beside it."""
    hints = typing.get_type_hints(kind, include_extras=True)
    # The types' own list is of annotations that were strings, and does not know.
    required = {name for name, hint in hints.items() if kind.__total__ or typing.get_origin(hint) is typing.Required}
    needed = {name: values_of(hints[name], depth + 1)[0] for name in sorted(required)}
    if depth > 1:
        return [needed]
    return [needed] + [needed | {name: v} for name in sorted(hints.keys() - required) for v in values_of(hints[name], depth + 1)[:3]]


def fields_of(*kinds) -> dict:
    return {name: hint for kind in kinds for name, hint in typing.get_type_hints(kind, include_extras=True).items()}


FIELDS = {
    "chat": fields_of(chat.CompletionCreateParamsNonStreaming, chat.CompletionCreateParamsBase),
    "completions": fields_of(completions.CompletionCreateParamsNonStreaming, completions.CompletionCreateParamsBase),
    "responses": fields_of(responses.ResponseCreateParamsNonStreaming, responses.ResponseCreateParamsBase),
    "embeddings": fields_of(embeddings.EmbeddingCreateParams),
}
PATHS = {"chat": "/v1/chat/completions", "completions": "/v1/completions", "responses": "/v1/responses", "embeddings": "/v1/embeddings"}
SHORT = {"chat": {"max_tokens": 1, "temperature": 0}, "completions": {"max_tokens": 1, "temperature": 0},
         "responses": {"max_output_tokens": 1, "temperature": 0}, "embeddings": {}}
PROMPTS = {"chat": {"messages": [{"role": "user", "content": "Hi"}]}, "completions": {"prompt": "Hi"}, "responses": {"input": "Hi"},
           "embeddings": {"input": "Hi"}}


def body_with(where: str, field: str, value) -> dict:
    body = SHORT[where] | PROMPTS[where]
    if field == "stream_options":
        body["stream"] = True
    if field == "top_logprobs":
        body |= {"include": ["message.output_text.logprobs"]} if where == "responses" else {"logprobs": True}
    if field == "max_completion_tokens":
        del body["max_tokens"]
    return body | {field: value}


@pytest.mark.parametrize("where,field", [(w, f) for w in FIELDS for f in sorted(FIELDS[w])])
def test_each_field_works_or_is_refused_by_name(http: httpx.Client, model: str, where: str, field: str):
    values = [model] if field == "model" else [v for v in values_of(FIELDS[where][field]) if v is not None]
    assert values
    for value in values:
        answer = http.post(PATHS[where], json=body_with(where, field, value))
        if answer.status_code == 200:
            fine = field in WORKS[where] or value in ASKS_FOR_NOTHING[where].get(field, [])
            assert fine, f"{field}: {value!r} is taken, and nobody knows what it does"
        else:
            error = answer.json()["error"]
            assert answer.status_code == 400 and error["param"].startswith(field), f"{value!r}: {answer.text}"
            assert value not in ASKS_FOR_NOTHING[where].get(field, []), error
            # Of a field that works, only kinds of values are refused: images, an unknown role.
            assert field not in WORKS[where] or isinstance(value, (list, dict)), f"{value!r}: {answer.text}"


def test_what_works_is_in_the_types():
    for where, known in WORKS.items():
        assert known | ASKS_FOR_NOTHING[where].keys() <= FIELDS[where].keys()


def test_the_sdk_has_no_other_parameter(ai: openai.OpenAI):
    """What create() takes, apart from how the request is sent, is what the types say."""
    of_the_request = {"self", "extra_headers", "extra_query", "extra_body", "timeout"}
    creates = {"chat": ai.chat.completions.create, "completions": ai.completions.create, "responses": ai.responses.create,
               "embeddings": ai.embeddings.create}
    for where, create in creates.items():
        assert set(inspect.signature(create).parameters) - of_the_request <= FIELDS[where].keys()


def test_logit_bias_decides(ai: openai.OpenAI, model: str):
    ask = dict(model=model, prompt="The capital of France is", max_tokens=2, temperature=0)
    plain = ai.completions.create(**ask).choices[0].text
    forced = ai.completions.create(**ask, logit_bias={"100": 100}).choices[0].text
    other = ai.completions.create(**ask, logit_bias={"101": 100}).choices[0].text
    assert len({plain, forced, other}) == 3


@pytest.mark.parametrize("penalty", ["frequency_penalty", "presence_penalty"])
def test_penalties_change_the_text(ai: openai.OpenAI, model: str, penalty: str):
    ask = dict(model=model, prompt="Once upon a time", max_tokens=48, temperature=0)
    assert ai.completions.create(**ask, **{penalty: 2}).choices[0].text != ai.completions.create(**ask).choices[0].text


def test_stop_ends_a_chat(ai: openai.OpenAI, model: str):
    ask = dict(model=model, messages=[{"role": "user", "content": "Count to five."}], max_completion_tokens=24, temperature=0)
    plain = ai.chat.completions.create(**ask).choices[0].message.content
    word = plain.split()[2]
    stopped = ai.chat.completions.create(**ask, stop=[word])
    assert stopped.choices[0].finish_reason == "stop" and stopped.choices[0].message.content == plain[: plain.index(word)]
