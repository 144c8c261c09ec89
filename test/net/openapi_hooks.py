"""For schemathesis: what no schema can say, and answers that end soon."""

import schemathesis

LENGTHS = {"/predict": "max_tokens", "/v1/completions": "max_tokens", "/v1/chat/completions": "max_completion_tokens",
           "/v1/responses": "max_output_tokens", "/v1/messages": "max_tokens"}
SHORT = 4


@schemathesis.hook
def filter_body(context, body) -> bool:
    # Which responses are remembered.
    return not (isinstance(body, dict) and isinstance(body.get("previous_response_id"), str))


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    """A length that may be any is a short one; what is wrong stays wrong."""
    name = LENGTHS.get(case.path)
    if name is None or not isinstance(case.body, dict):
        return
    asked = case.body.get(name)
    if asked is None and (case.path == "/v1/messages" or case.body.get("max_tokens") is not None):
        return
    if asked is None or (type(asked) in (int, float) and asked == int(asked) and SHORT < asked < 2**31):
        case.body[name] = SHORT
