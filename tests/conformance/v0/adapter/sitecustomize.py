"""On PYTHONPATH, turns `python -m openhands.runtime.action_execution_server ...` into actiond, so
that an unmodified LocalRuntime starts it. Every other interpreter is left alone."""

import os
import sys

MODULE = "openhands.runtime.action_execution_server"
words = sys.orig_argv

if "AES_BIN" in os.environ and "-m" in words and MODULE in words:
    os.execv(os.environ["AES_BIN"], [os.environ["AES_BIN"], *words[words.index(MODULE) + 1 :]])
