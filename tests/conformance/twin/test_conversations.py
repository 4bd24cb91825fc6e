"""The same conversations are held with the reference server and with ours: answers, frames, events,
the requests to the model and the files on disk must be equal, but for the differences that
accepted_conversations.py lists with their reasons."""

import dataclasses
import json

import pytest
from accepted_conversations import ROWS
from compare import differences, trace
from conversations import CONVERSATIONS
from model import Call, Model
from talk import Talk

NAMES = [case.name for case in CONVERSATIONS]
used = set()
played = set()


@pytest.fixture(scope="module")
def models():
    """One for each side: a gate opens for one conversation."""
    models = [Model().start(), Model().start()]
    yield models
    for model in models:
        model.stop()


def test_accepted_differences_name_known_conversations():
    assert {name for row in ROWS for name in row.cases} <= set(NAMES)


@pytest.mark.parametrize("case", CONVERSATIONS, ids=NAMES)
def test_both_hold_the_conversation_alike(case, pair, models):
    traces = [hold(case, server, model) for server, model in zip(pair(case.server), models)]
    unexpected = []
    for place, real, own in differences(*traces):
        rows = [row for row in ROWS if row.covers(case.name, place, own)]
        used.update(rows)
        if not rows:
            unexpected.append(f"{place}:\n  real {real}\n  ours {own}")
    played.add(case.name)
    assert not unexpected, "\n" + "\n".join(sorted(unexpected))


def test_every_accepted_difference_occurs():
    if played != set(NAMES):
        pytest.skip("not all of them were held")
    gone = [f"{row.place.pattern}: {row.reason}" for row in ROWS if row not in used]
    assert not gone, "\n".join(gone)


def hold(case, server, model):
    directory = server.base / "talks" / case.name
    directory.mkdir(parents=True)
    script = model.script([placed(turn, directory) for turn in case.turns], name=case.name)
    talk = Talk(server, script, directory)
    try:
        case.play(talk)
        return trace(talk)
    finally:
        talk.close()


def placed(turn, directory):
    """A turn whose calls name the conversation's directory."""
    return dataclasses.replace(turn, calls=tuple(placed_call(one, directory) for one in turn.calls))


def placed_call(one, directory):
    if isinstance(one.arguments, str):
        return one
    text = json.dumps(one.arguments).replace("@dir@", str(directory))
    return Call(one.name, json.loads(text), one.id)
