#!/usr/bin/env python3
"""Compares hawser's templates with Python's jinja2.

compare_templates.py DRIVER random [--count N] [--seconds T] [--seed S]    random templates from a grammar
compare_templates.py DRIVER files FILE ...                                 chat templates on many contexts

DRIVER is the program model_template_driver. Exits with 1 when any output differs, or one side fails alone.
Without --seed each run takes a new one, and says which.
"""
import argparse
import json
import pathlib
import secrets
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import jinja_reference
import random_templates
import template_contexts


class Driver:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def render(self, template, context):
        self.process.stdin.write(json.dumps({"template": template, "context": context}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer.get("output"), answer.get("error")


# Python goes on where our numbers and our budgets end (docs/chat-templates.md).
BEYOND_OUR_BOUNDS = ("an integer grows beyond 64 bits", "the power is not a real number", "than its budget allows")


def differs(driver, template, context):
    ours, our_error = driver.render(template, context)
    theirs, their_error = jinja_reference.render(template, context)
    if ours == theirs or (our_error and any(known in our_error for known in BEYOND_OUR_BOUNDS)):
        return None
    return {"ours": ours, "our_error": our_error, "theirs": theirs, "their_error": their_error}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("driver")
    parser.add_argument("what", choices=["random", "files"])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--show", type=int, default=10)
    args = parser.parse_args()
    end = time.monotonic() + args.seconds
    driver = Driver(args.driver)
    if args.what == "random":
        cases = ((f"seed {args.seed} number {i}", *case) for i, case in
                 enumerate(random_templates.generate(args.count, args.seed)))
    else:
        cases = ((f"{name} on {label}", pathlib.Path(name).read_text(encoding="utf-8"), context)
                 for name in args.files for label, context in template_contexts.contexts())
    checked = failed = 0
    for label, template, context in cases:
        if time.monotonic() > end:
            break
        checked += 1
        wrong = differs(driver, template, context)
        if wrong is None:
            continue
        failed += 1
        if failed <= args.show:
            shown = template if args.what == "random" else ""
            print(f"--- {label}\n{shown}\n{json.dumps(wrong, ensure_ascii=False, indent=1)[:1500]}")
    print(f"{checked} renderings compared, {failed} differ (seed {args.seed})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
