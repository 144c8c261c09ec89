#!/usr/bin/env python3
"""Writes copies of the kernels with bugs in them: plant.py SOURCE_DIR OUT_DIR. Each bug sleeps until planted_test.cpp calls its
name. A source that has changed so that a bug no longer fits is an error: give the bug its new place here."""

import sys
from pathlib import Path

# name: (file, what stands there, what stands there with the bug)
BUGS = {
    "no_barrier_before_reuse": (
        "gpu/kernels/rows.cuh",
        "  // Whoever read it before is done.\n  __syncthreads();\n",
        '  if (!PLANTED("no_barrier_before_reuse")) __syncthreads();\n',
    ),
    "no_barrier_before_reading": (
        "gpu/kernels/rows.cuh",
        "  if (lane == 0) scratch[warp] = x;\n  __syncthreads();\n",
        '  if (lane == 0) scratch[warp] = x;\n  if (!PLANTED("no_barrier_before_reading")) __syncthreads();\n',
    ),
    "no_warp_barrier": (
        "gpu/kernels/attention.cuh",
        "  __syncwarp();\n",
        '  if (!PLANTED("no_warp_barrier")) __syncwarp();\n',
    ),
    "no_barrier_of_parts": (
        "gpu/kernels/attention.cuh",
        "  __syncthreads();\n",
        '  if (!PLANTED("no_barrier_of_parts")) __syncthreads();\n',
    ),
    "window_too_long": (
        "gpu/kernels/attention.cuh",
        "position >= job.window ? position - job.window + 1 : 0",
        'position >= job.window ? position - job.window + (PLANTED("window_too_long") ? 0 : 1) : 0',
    ),
    "own_position_unseen": (
        "gpu/kernels/attention.cuh",
        "min(position + 1, (part + 1) * job.split)",
        'min(position + (PLANTED("own_position_unseen") && position > 50 ? 0 : 1), (part + 1) * job.split)',
    ),
    "wrong_group": (
        "gpu/kernels/attention.cuh",
        "head / (job.heads / kv.heads)",
        '(PLANTED("wrong_group") ? head % kv.heads : head / (job.heads / kv.heads))',
    ),
    "values_for_keys": (
        "gpu/kernels/attention.cuh",
        "(values ? half : 0) + within",
        '(values && !PLANTED("values_for_keys") ? half : 0) + within',
    ),
    "sign_of_the_sine": (
        "gpu/kernels/attention.cuh",
        "sines[a] = -sines[b];",
        'sines[a] = PLANTED("sign_of_the_sine") ? sines[b] : -sines[b];',
    ),
    "split_forgotten": (
        "gpu/kernels/attention.cuh",
        "last = position / job.split;",
        'last = position / job.split - (PLANTED("split_forgotten") && position > 64 ? 1 : 0);',
    ),
    "fifth_bit_lost": (
        "gpu/kernels/weights.cuh",
        "(bits & 8u) << 25",
        '(PLANTED("fifth_bit_lost") ? 0u : (bits & 8u) << 25)',
    ),
    "top_scales_swapped": (
        "gpu/kernels/weights.cuh",
        "static_cast<unsigned>(packed[j] >> 6) << 4",
        'static_cast<unsigned>(packed[PLANTED("top_scales_swapped") ? j - 4 : j] >> 6) << 4',
    ),
    "last_row_repeated": (
        "gpu/kernels/products.cuh",
        "threadIdx.x % warp_lanes != 0 || first + r >= job.rows",
        'threadIdx.x % warp_lanes != 0 || first + r >= job.rows - (PLANTED("last_row_repeated") ? 1 : 0)',
    ),
    "later_of_equals": (
        "gpu/kernels/rows.cuh",
        "other_id < ids[thread]",
        '(PLANTED("later_of_equals") ? other_id > ids[thread] : other_id < ids[thread])',
    ),
    "later_equals_kept": (
        "gpu/kernels/draw.cuh",
        "key == cut.key && id <= cut.last",
        'key == cut.key && (id <= cut.last || PLANTED("later_equals_kept"))',
    ),
    "two_zeros": (
        "gpu/kernels/draw.cuh",
        "x == 0.0f ? 0u : __float_as_uint(x)",
        'x == 0.0f && !PLANTED("two_zeros") ? 0u : __float_as_uint(x)',
    ),
    "no_barrier_behind_the_cut": (
        "gpu/kernels/draw.cuh",
        "  __syncthreads();\n  return {low, *scratch.found};",
        '  if (!PLANTED("no_barrier_behind_the_cut")) __syncthreads();\n  return {low, *scratch.found};',
    ),
    "weights_not_rounded": (
        "gpu/kernels/draw.cuh",
        "return weight < floats_of_the_unit ? rounded : weight;",
        'return weight < floats_of_the_unit && !PLANTED("weights_not_rounded") ? rounded : weight;',
    ),
    "one_too_many": (
        "gpu/kernels/draw.cuh",
        "static_cast<std::uint64_t>(t.top_k)",
        'static_cast<std::uint64_t>(t.top_k + (PLANTED("one_too_many") ? 1 : 0))',
    ),
    "chance_in_the_wrong_order": (
        "gpu/kernels/draw.cuh",
        "static_cast<std::uint64_t>(t.chance_high) << 32",
        'static_cast<std::uint64_t>(PLANTED("chance_in_the_wrong_order") ? t.chance_low >> 11 : t.chance_high) << 32',
    ),
    "nan_hidden": (
        "gpu/kernels/rows.cuh",
        "finite ? scale : largest - largest",
        'finite || PLANTED("nan_hidden") ? scale : largest - largest',
    ),
}


def main() -> int:
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    texts: dict[str, str] = {}
    for name, (file, before, after) in BUGS.items():
        text = texts.get(file) or (source / file).read_text(encoding="utf-8")
        if text.count(before) != 1:
            print(f"{file}: the place of the planted bug {name} is not there (once): see test/gpu/plant.py", file=sys.stderr)
            return 1
        texts[file] = text.replace(before, after.replace("PLANTED", "::hawser::test::planted"))
    for file, text in texts.items():
        target = out / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace("#pragma once\n", '#pragma once\n#include "test/gpu/planted.hpp"\n', 1), encoding="utf-8")
    (out / "bugs.inc").write_text("".join(f'"{name}",\n' for name in BUGS), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
