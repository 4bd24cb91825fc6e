"""Where our answers differ from the reference on purpose.

A row: the case, the reason, and what ours answers as (step, part of the answer, value). A value that
is not seen, or not needed, is an error.
"""

ACCEPTED = {}
