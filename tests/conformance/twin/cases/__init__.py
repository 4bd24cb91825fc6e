"""All cases, in the order in which they run."""

from cases import (
    archive,
    auth,
    bash,
    cors,
    file,
    git,
    init,
    protocol,
    server,
    skills,
    sockets,
    validation,
)

AREAS = (server, auth, cors, validation, protocol, bash, file, archive, git, skills, sockets, init)
CASES = [(area.__name__.split(".")[-1], case) for area in AREAS for case in area.CASES]
