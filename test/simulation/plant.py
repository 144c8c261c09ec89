#!/usr/bin/env python3
"""Writes copies of the sources with bugs in them: plant.py SOURCE_DIR OUT_DIR. Each bug sleeps until planted_test.cpp calls
its name, so one program holds them all, and no other program has any. A source that has changed so that a bug no longer fits
is an error: give the bug its new place here."""

import sys
from pathlib import Path

# name: (file, what stands there, what stands there with the bug)
BUGS = {
    # A terminal event that never comes, for some requests.
    "lost_end": (
        "actors/request_book.cpp",
        "outbox_.push_back({r.listener, std::move(last)});",
        'if (!PLANTED("lost_end") || r.from.id % 5 != 0) outbox_.push_back({r.listener, std::move(last)});',
    ),
    # The same, but only for who cancels before the prompt is tokenized.
    "lost_cancel_end": (
        "actors/ingress.cpp",
        "was->to.notify(std::move(was->last));",
        'if (!PLANTED("lost_cancel_end")) was->to.notify(std::move(was->last));',
    ),
    # Pages of some answers are not given back.
    "page_leak": (
        "actors/page_store.cpp",
        "    table.release(pools_[g]);",
        '    if (!PLANTED("page_leak") || table.held() % 5 != 3) table.release(pools_[g]);',
    ),
    # A page goes back when it has not left the window yet.
    "early_slide": (
        "actors/batch_packing.cpp",
        "table.slide(who.confirmed, pool);",
        'table.slide(who.confirmed + (PLANTED("early_slide") ? store_.page_tokens() : 0), pool);',
    ),
    # The door lets everybody in.
    "unbounded_queue": (
        "actors/admission.cpp",
        "limit admission::bound(const admission_ask& ask) const noexcept {\n",
        "limit admission::bound(const admission_ask& ask) const noexcept {\n"
        '  if (PLANTED("unbounded_queue")) return limit::none;\n',
    ),
    # Who waits for a seat is counted as refused when that is asked for, not when it is done.
    "early_refusal": (
        "actors/ingress_watch.cpp",
        "  for (const request_id id : gone) drop(id);",
        '  if (PLANTED("early_refusal")) {\n    for (const shed& s : all.waiting) tally_.refused.count(s.no);\n  }\n'
        "  for (const request_id id : gone) drop(id);",
    ),
    # All choices of a request draw with the same seed.
    "equal_choices": (
        "actors/request_book.cpp",
        "spec.sampling.seed += i;",
        'spec.sampling.seed += PLANTED("equal_choices") ? 0 : i;',
    ),
    # After a device came back, nobody tells the batcher.
    "lost_welcome": (
        "actors/executor.cpp",
        "if (out.welcome && !broken_) batcher_.notify(steps_welcome{});",
        'if (out.welcome && !broken_ && !PLANTED("lost_welcome")) batcher_.notify(steps_welcome{});',
    ),
    # A session whose client reads slowly never learns that there is room again.
    "lost_wake_up": (
        "net/session_output.cpp",
        "if (!std::exchange(waiting_write_, true)) stream_->wait_writable();",
        'if (!std::exchange(waiting_write_, true) && !PLANTED("lost_wake_up")) stream_->wait_writable();',
    ),
    # Who cancels while an extension thinks about the request hears nothing more.
    "lost_gate_cancel": (
        "embed/gate_plan.cpp",
        "if (leaving.empty()) return std::nullopt;",
        'if (leaving.empty() || PLANTED("lost_gate_cancel")) return std::nullopt;',
    ),
    # An extension's no is taken for a yes.
    "verdict_ignored": (
        "embed/gate_plan.cpp",
        "if (auto* const no = std::get_if<refuse>(&what)) {",
        'if (auto* const no = std::get_if<refuse>(&what); no != nullptr && !PLANTED("verdict_ignored")) {',
    ),
    # One key's answers are given to another.
    "shared_tenant": (
        "actors/question.cpp",
        "to.bytes(tenant);",
        'to.bytes(PLANTED("shared_tenant") ? std::string_view() : tenant);',
    ),
    # A purge leaves what is remembered.
    "kept_results": (
        "actors/result_store.cpp",
        "at = goes ? drop(at) : std::next(at);",
        'at = goes && !PLANTED("kept_results") ? drop(at) : std::next(at);',
    ),
    # Two locks are taken in the order in which they were thought of.
    "lock_order": (
        "simulation/actors_world.cpp",
        "if (second_ < first_) std::swap(first_, second_);",
        'if (second_ < first_ && !PLANTED("lock_order")) std::swap(first_, second_);',
    ),
}


def main() -> int:
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    texts: dict[str, str] = {}
    for name, (file, before, after) in BUGS.items():
        text = texts.get(file) or (source / file).read_text(encoding="utf-8")
        if text.count(before) != 1:
            print(f"{file}: the place of the planted bug {name} is not there (once): see test/simulation/plant.py",
                  file=sys.stderr)
            return 1
        texts[file] = text.replace(before, after.replace("PLANTED", "::hawser::simulation::planted"))
    for file, text in texts.items():
        target = out / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text('#include "test/simulation/planted.hpp"\n#line 1 "' + file + '"\n' + text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
