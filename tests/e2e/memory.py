"""How much memory a server has used at most."""

import functools

from server import BINARY

MIB = 1 << 20


@functools.cache
def is_sanitized():
    """A sanitizer keeps freed memory for a while, so its peak says nothing about the program."""
    return b"__asan_init" in BINARY.read_bytes()


def assert_peak_below(server, limit):
    with open(f"/proc/{server.pid}/status") as file:
        peak = int(file.read().split("VmHWM:")[1].split()[0]) << 10
    assert is_sanitized() or peak < limit, f"{peak / MIB:.1f} MiB"
