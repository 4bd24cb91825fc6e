"""What benchmarks share: timing a call, and a table of ours beside another's and a floor."""

import time


def timed(function, count, warm_up=3):
    """Milliseconds of each call."""
    for _ in range(warm_up):
        function()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        function()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def show(value):
    return "-" if value is None else f"{value:.3f}" if value < 10 else f"{value:.1f}"


class Table:
    """Ratios say how often ours is better than the other and how often the floor's time or memory
    ours takes; of a rate (per second) more is better, and its floor is the most there can be."""

    def __init__(self, other):
        self.other = other
        self.rows = []

    def row(self, work, real, floor, ours, goal, unit="ms"):
        self.rows.append((work, real, floor, ours, goal, unit))

    def print(self):
        """A row that none of ours was measured for is left out."""
        width = max(len(row[0]) + len(row[5]) for row in self.rows) + 5
        print(f"{'work':<{width}}{self.other:>10}{'floor':>10}{'ours':>10}", end="")
        print(f"{'better':>11}{'ours/floor':>12}  goal")
        for work, real, floor, ours, goal, unit in self.rows:
            if ours is None:
                continue
            better = ours / real if real and unit.endswith("/s") else real and ours and real / ours
            over = f"{ours / floor:.2f}" if floor else "-"
            name = f"{work} ({unit})" if unit else work
            print(f"{name:<{width}}{show(real):>10}{show(floor):>10}{show(ours):>10}"
                  f"{f'{better:.1f}' if better else '-':>11}{over:>12}  {goal}")
