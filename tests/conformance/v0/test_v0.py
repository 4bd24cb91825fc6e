"""The unmodified V0 backend gets the same results from actiond as from the reference server, but
for the differences that accepted.py lists with their reasons."""

import json
from pathlib import Path

import pytest
from accepted import ACCEPTED
from sessions import SESSIONS

EXPECTED = Path(__file__).parent / "expected"
STEPS = [(session.name, step.name) for session in SESSIONS.values() for step in session.steps]
NAMES = [f"{session}.{step}" for session, step in STEPS]


def test_every_step_has_a_name_of_its_own():
    assert len(NAMES) == len(set(NAMES))


def test_accepted_differences_name_known_steps():
    assert set(ACCEPTED) <= set(NAMES)


@pytest.mark.parametrize(("session", "step"), STEPS, ids=NAMES)
def test_the_backend_gets_what_the_reference_gives(session, step, played):
    results = played(session)
    assert "session" not in results, results["session"]["raised"]
    expected = parts(json.loads((EXPECTED / f"{session}.json").read_text())[step])
    found = parts(results[step])
    differing = {
        name: found.get(name, "(absent)")
        for name in expected.keys() | found.keys()
        if expected.get(name, "(absent)") != found.get(name, "(absent)")
    }
    row = ACCEPTED.get(f"{session}.{step}")
    accepted = row.ours if row else {}
    assert differing == accepted, show(differing, expected)


def parts(result):
    """One level: `extras.metadata.exit_code` and the like."""
    found = {}
    for name, value in result.items():
        if isinstance(value, dict) and name in ("extras", "metadata"):
            found |= {f"{name}_{inner}": one for inner, one in parts(value).items()}
        else:
            found[name] = value
    return found


def show(differing, expected):
    lines = [
        f"{name}:\n  reference {expected.get(name, '(absent)')!r}\n  ours      {value!r}"
        for name, value in differing.items()
    ]
    return "\n" + "\n".join(lines)
