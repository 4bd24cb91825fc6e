"""All sessions by name."""

from session_files import FILES
from session_notebook import NOTEBOOK
from session_shell import SHELL
from session_waiting import WAITING

SESSIONS = {session.name: session for session in (SHELL, WAITING, FILES, NOTEBOOK)}
