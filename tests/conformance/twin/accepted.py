"""Where our answers differ from the reference on purpose.

A row belongs to one case: the reason, and what ours answers instead, as (step, part of the answer,
value). A difference that no row names fails the case, and so does a row whose difference is gone.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    reason: str
    ours: tuple


def row(reason, *ours):
    return Row(reason, ours)


ACCEPTED = {}
