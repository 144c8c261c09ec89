"""What a soak says of memory."""

import re

from soak import GROWTH, Look, growth, plot


def looks(memory) -> list[Look]:
    return [Look(float(i), i * 100, memory(i), 9) for i in range(101)]


def test_a_flat_line_does_not_grow() -> None:
    assert growth(looks(lambda i: 500.0)) == 0
    # Caches fill at first, and single looks may be high.
    assert growth(looks(lambda i: 200.0 + 12 * min(i, 25) + (40 if i % 10 == 0 else 0))) == 0


def test_a_leak_grows() -> None:
    assert growth(looks(lambda i: 400.0 + i)) > GROWTH


def test_the_plot_has_every_look() -> None:
    drawn = plot(looks(lambda i: 400.0 + i))
    points = re.search(r'points="([^"]*)"', drawn)
    assert points and len(points[1].split()) == 101
    assert "10,000" in drawn
