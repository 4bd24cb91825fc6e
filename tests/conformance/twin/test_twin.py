"""The same requests go to the reference server and to ours, and the answers must be equal, but for
the differences that accepted.py lists with their reasons."""

import pytest
from accepted import ACCEPTED
from cases import CASES
from play import Player

PLAYED = {}
NAMES = [f"{area}.{case.name}" for area, case in CASES]


def test_every_case_has_a_name_of_its_own():
    assert len(NAMES) == len(set(NAMES))


def test_accepted_differences_name_known_cases():
    assert set(ACCEPTED) <= set(NAMES)


@pytest.mark.parametrize(("area", "case"), CASES, ids=NAMES)
def test_both_servers_answer_alike(area, case, pair):
    name = f"{area}.{case.name}"
    real, ours = (
        Player(server, case, server.base / "cases" / name).play() for server in pair(case.server)
    )
    found = list(differences(real, ours))
    PLAYED[name] = found
    expected = [(step, part, value) for step, part, value in ACCEPTED.get(name, {}).get("ours", ())]
    unexpected = [one for one in found if (one[0], one[1], one[3]) not in expected]
    assert not unexpected, show(unexpected)


def differences(real, ours):
    """Yield (step, part, what the reference answers, what ours answers)."""
    assert len(real) == len(ours)
    for step, (theirs, own) in enumerate(zip(real, ours)):
        for part in sorted(theirs.keys() | own.keys()):
            if theirs.get(part) != own.get(part):
                yield step, part, theirs.get(part), own.get(part)


def show(found):
    lines = [f"step {n}, {part}:\n  real {real!r}\n  ours {own!r}" for n, part, real, own in found]
    return "\n" + "\n".join(lines)


def test_every_accepted_difference_still_occurs():
    if len(PLAYED) < len(CASES):
        pytest.skip("only a part of the cases was played")
    for name, row in ACCEPTED.items():
        seen = [(step, part, own) for step, part, _, own in PLAYED[name]]
        unused = [one for one in row["ours"] if one not in seen]
        assert not unused, f"{name}: accepted but not seen: {unused}"
