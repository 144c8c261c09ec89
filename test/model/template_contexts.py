"""Conversations that chat templates are tried on: roles, tools, calls and results, pictures, Unicode, missing and odd fields."""

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a city <now>",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "The city's name", "enum": ["Paris", "Zürich"]},
                "days": {"type": "integer", "default": 1},
                "where": {"type": "object", "properties": {"lat": {"type": "number"}, "tags": {"type": "array", "items": {"type": "string"}}}},
                "unit": {"type": ["string", "null"], "nullable": True},
            },
            "required": ["city"],
        },
        "return": {"type": "string", "description": "words"},
        "strict": False,
    },
}
CLOCK = {"type": "function", "function": {"name": "clock", "description": "Time", "parameters": {"type": "object", "properties": {}}}}


def call(arguments, name="get_weather", id="call12345"):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def conversations():
    system = {"role": "system", "content": "Be brief.\nAlways.  "}
    user = {"role": "user", "content": "  Hello, wörld! 你好 🎉 \n"}
    answer = {"role": "assistant", "content": "Hi \"there\" <b>&'"}
    yield "user", [user]
    yield "system", [system, user]
    yield "turns", [user, answer, {"role": "user", "content": "And?"}]
    yield "system and turns", [system, user, answer, {"role": "user", "content": "More"}, answer, user]
    yield "empty", []
    yield "assistant last", [user, answer]
    yield "two users", [user, user]
    yield "system only", [system]
    yield "assistant first", [answer, user]
    yield "developer", [{"role": "developer", "content": "Dev"}, user]
    yield "odd role", [{"role": "critic", "content": "?"}]
    yield "parts", [{"role": "user", "content": [{"type": "text", "text": "What is"}, {"type": "image"}, {"type": "text", "text": " this?"}]}]
    yield "system parts", [{"role": "system", "content": [{"type": "text", "text": "S"}]}, user]
    yield "image url", [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}, {"type": "video"}, {"type": "audio"}]}]
    yield "none content", [user, {"role": "assistant", "content": None, "tool_calls": [call({"city": "Zürich"})]}]
    yield "no content", [user, {"role": "assistant"}]
    yield "no role", [{"content": "x"}]
    for label, given in [("object", {"city": "Paris", "days": 3, "deep": [1, 2.5, None, True, {"a": "b"}]}), ("string", '{"city": "Paris"}')]:
        result = {"role": "tool", "tool_call_id": "call12345", "name": "get_weather", "content": '{"sky": "blau"}'}
        steps = [user, {"role": "assistant", "content": "", "tool_calls": [call(given)]}, result]
        yield f"tool {label}", [system, *steps]
        yield f"tool {label} answered", [*steps, answer, user]
        two = {"role": "assistant", "content": "Both.", "tool_calls": [call(given), call({}, "clock", "abcdefghi")]}
        yield f"two tools {label}", [system, user, two, result, {**result, "tool_call_id": "abcdefghi", "content": "12:00"}, answer]
    yield "tool as dict", [user, {"role": "tool", "content": {"ok": [1, 2]}, "name": "clock"}]
    think = {"role": "assistant", "content": "<think>\nLet me\n</think>\n\nYes", "reasoning_content": "Let me think"}
    yield "thinking", [user, think, {"role": "user", "content": "Why?"}]
    yield "thinking inline", [user, {"role": "assistant", "content": "<think>\nHm\n</think>\n\nYes"}]
    yield "thinking field", [user, {"role": "assistant", "content": "x", "thinking": "Hm", "reasoning": "Hm"}, user]
    yield "thinking tools", [user, {**think, "tool_calls": [call({"city": "P"})]}, {"role": "tool", "content": "r"}, think]
    yield "ipython", [user, {"role": "assistant", "tool_calls": [call({"city": "P"})]}, {"role": "ipython", "content": {"a": 1}}]


def contexts():
    base = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    for label, messages in conversations():
        for prompt in (False, True):
            yield f"{label}, prompt {prompt}", {**base, "messages": messages, "add_generation_prompt": prompt}
        yield f"{label}, tools", {**base, "messages": messages, "tools": [WEATHER, CLOCK], "add_generation_prompt": True}
        yield f"{label}, options", {
            **base, "messages": messages, "tools": [WEATHER], "documents": [{"title": "T", "text": "Words", "content": "Words", "doc_id": "1"}],
            "enable_thinking": False, "thinking": True, "date_string": "1 Jan 2025", "builtin_tools": ["python", "browser"],
            "reasoning_effort": "high", "model_identity": "I", "tools_in_user_message": False, "custom_tools": None,
            "add_generation_prompt": False, "controls": {"length": "long"}, "chat_template_kwargs": {"thinking": True}}
