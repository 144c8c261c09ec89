"""What the tester cannot know: which responses are remembered, that who gives a millisecond gets a refusal, and how long answers take. SCHEMATHESIS_HOOKS names this module."""

import os

import schemathesis

REMEMBERED = os.environ["HAWSER_REMEMBERED"]  # the id of a response that is kept
PATIENCE = 60  # seconds
LENGTHS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
LONGEST = 64  # of an answer that is asked for, so that thousands take seconds


def is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@schemathesis.hook
def before_call(context, case, kwargs):
    body = case.body
    if not isinstance(body, dict):
        return
    if isinstance(body.get("previous_response_id"), str):
        body["previous_response_id"] = REMEMBERED
    if is_number(body.get("timeout")) and 0.001 <= body["timeout"] < PATIENCE:
        body["timeout"] = PATIENCE
    for name in LENGTHS:
        if is_number(body.get(name)) and LONGEST < body[name] <= 2**31 - 1:
            body[name] = LONGEST
