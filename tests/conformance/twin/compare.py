"""Turns what a conversation left behind into values that are equal for equal behaviour, and tells
where two of them differ."""

import difflib
import itertools
import json
import re

UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
RULES = (
    (re.compile(r"\b[0-9a-f]{32}\b"), "<hex32>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"), "<time>"),
    (re.compile(r"gAAAA[\w=-]+"), "<token>"),
)
# Members that hold a measured number; so does every one that is as large as a time.
MEASURED = ("latency",)
# Members whose items the reference writes in any order.
SETS = ("forgotten_event_ids",)


def trace(talk):
    """Everything that is compared of a conversation that has ended."""
    events = talk.events()
    names = Names(talk, events)
    files = talk.files()
    files["events"] = without_stats(files["events"])
    return names.value(
        {
            "answers": talk.answers,
            "frames": without_stats(talk.frames),
            "events": without_stats(events),
            "info": talk.info(),
            "requests": sorted(
                ({"path": one["path"], "body": one["body"]} for one in talk.script.requests),
                key=lambda one: "tools" in one["body"],
            ),
            "files": files,
        }
    )


def without_stats(events):
    """The reference tells of its statistics at any time; what they are in the end is compared."""
    return [event for event in events if event.get("key") != "stats"]


class Names:
    """An event is called after its kind and how many of it came before."""

    def __init__(self, talk, events):
        seen = {}
        self.names = {talk.id: "<conversation>"}
        for event in events:
            kind = label(event)
            seen[kind] = seen.get(kind, 0) + 1
            self.names[event["id"]] = f"<{kind} {seen[kind]}>"
        self.places = (
            (talk.script.anthropic_url, "<model>"),
            (str(talk.directory), "<dir>"),
            (str(talk.server.base), "<base>"),
            (talk.id.replace("-", ""), "<conversation>"),
        )

    def value(self, value, key=""):
        if isinstance(value, dict):
            return {self.text(name): self.value(item, name) for name, item in value.items()}
        if isinstance(value, list):
            items = [self.value(item, key) for item in value]
            return sorted(items) if key in SETS else items
        if isinstance(value, float) and (key in MEASURED or value > 1e9):
            return "<measured>"
        return self.text(value) if isinstance(value, str) else value

    def text(self, text):
        for place, name in self.places:
            text = text.replace(place, name)
        text = UUID.sub(lambda found: self.names.get(found[0], "<uuid>"), text)
        for pattern, name in RULES:
            text = pattern.sub(name, text)
        return text


def differences(real, ours, path=""):
    """Yields (place, what the reference has, what ours has); None is a member that is not there,
    the text "null" one that is null."""
    if isinstance(real, dict) and isinstance(ours, dict):
        for name in real.keys() | ours.keys():
            yield from member(real, ours, name, f"{path}/{name}")
    elif isinstance(real, list) and isinstance(ours, list):
        yield from in_lists(real, ours, path)
    elif type(real) is not type(ours) or real != ours:
        yield path, shown(real), shown(ours)


def member(real, ours, name, path):
    if name in real and name in ours:
        yield from differences(real[name], ours[name], path)
    else:
        yield path, *(shown(one[name]) if name in one else None for one in (real, ours))


def in_lists(real, ours, path):
    """Items that are alike are compared with each other; the others are missing or too many."""
    labels = [[label(item) for item in items] for items in (real, ours)]
    matcher = difflib.SequenceMatcher(None, *labels, autojunk=False)
    for kind, first, end, own_first, own_end in matcher.get_opcodes():
        if kind == "equal":
            for at, own_at in zip(range(first, end), range(own_first, own_end)):
                yield from differences(real[at], ours[own_at], f"{path}/{labels[0][at] or at}")
        else:
            for at, own_at in itertools.zip_longest(range(first, end), range(own_first, own_end)):
                yield (
                    f"{path}[]",
                    None if at is None else labels[0][at] or shown(real[at]),
                    None if own_at is None else labels[1][own_at] or shown(ours[own_at]),
                )


def label(item):
    """What makes an item of a list the same one on both sides."""
    if not isinstance(item, dict):
        return "" if isinstance(item, list) else shown(item)
    if "kind" in item:
        parts = [item["kind"], item.get("key"), item.get("tool_name")]
        return ".".join(part for part in parts if part)
    if isinstance(item.get("function"), dict):
        return f"function.{item['function'].get('name')}"
    for name in ("request", "name", "role", "path"):
        if isinstance(item.get(name), str):
            return item[name].replace("/", "|")
    return ""


def shown(value):
    return json.dumps(value, sort_keys=True)
