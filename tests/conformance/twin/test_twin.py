"""The same requests go to the reference server and to ours, and the answers must be equal, but for
the differences that accepted.py lists with their reasons."""

import pytest
from accepted import ACCEPTED
from cases import CASES
from play import Player

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
    accepted = ACCEPTED[name].ours if name in ACCEPTED else ()
    unexpected = [one for one in found if own_part(one) not in accepted]
    gone = [one for one in accepted if one not in map(own_part, found)]
    assert not unexpected, show(unexpected)
    assert not gone, f"accepted, but no longer so: {gone}"


def differences(real, ours):
    """Yield (step, part, what the reference answers, what ours answers)."""
    assert len(real) == len(ours)
    for step, (theirs, own) in enumerate(zip(real, ours)):
        for part in sorted(theirs.keys() | own.keys()):
            if theirs.get(part) != own.get(part):
                yield step, part, theirs.get(part), own.get(part)


def own_part(difference):
    step, part, _, own = difference
    return step, part, own


def show(found):
    lines = [f"step {n}, {part}:\n  real {real!r}\n  ours {own!r}" for n, part, real, own in found]
    return "\n" + "\n".join(lines)
