"""Takes the expected results from the reference server: plays every session several times and keeps
of each step what most runs agree on. The reference now and then answers at the first of several
prompts, or before the output of a cell has come; that is why one run is not enough.

    record.py [RUNS [SESSION ...]]      writes expected/SESSION.json
"""

import collections
import json
import sys
import tempfile
from pathlib import Path

import play
import sessions

EXPECTED = Path(__file__).resolve().parent / "expected"


def main(runs="5", *names):
    EXPECTED.mkdir(exist_ok=True)
    for name in names or sessions.SESSIONS:
        with tempfile.TemporaryDirectory(prefix="v0-") as root:
            played = [play.play(name, Path(root, str(n))) for n in range(int(runs))]
        found = {step.name: agreed(name, step, played) for step in sessions.SESSIONS[name].steps}
        text = json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True)
        (EXPECTED / f"{name}.json").write_text(text + "\n")


def agreed(name, step, played):
    texts = [json.dumps(one.get(step.name), sort_keys=True) for one in played]
    counts = collections.Counter(texts).most_common()
    if len(counts) > 1:
        print(f"{name}.{step.name}: " + " ".join(str(count) for _, count in counts))
    return json.loads(counts[0][0])


if __name__ == "__main__":
    main(*sys.argv[1:])
