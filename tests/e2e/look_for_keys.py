"""Run as a command of the server: looks for what its marker stands for in every place it can think
of, and prints one line a place: "<place>: clean", "<place>: FOUND" or "<place>: denied"."""

import os

MARK = b"hide" + b"-me"  # in two parts, so that finding this file is no finding
SHELLS = ("sh", "bash", "dash")


def find_server():
    """The nearest ancestor that is no shell."""
    pid = os.getppid()
    while open(f"/proc/{pid}/comm").read().strip() in SHELLS:
        pid = int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
    return pid


def read_file(path):
    with open(path, "rb") as file:
        return file.read(1 << 20)


def read_memory(pid):
    """The marker once for each region that holds it."""
    found = b""
    with open(f"/proc/{pid}/mem", "rb", 0) as memory, open(f"/proc/{pid}/maps") as regions:
        for region in regions:
            start, end = (int(bound, 16) for bound in region.split()[0].split("-"))
            try:
                memory.seek(start)
                found += MARK if MARK in memory.read(end - start) else b""
            except (OSError, ValueError, OverflowError):
                continue  # a region nobody may read
    return found


def read_descriptors(pid):
    folder = f"/proc/{pid}/fd"
    return repr([os.readlink(f"{folder}/{fd}") for fd in os.listdir(folder)]).encode()


def look(place, read, *arguments):
    try:
        print(f"{place}:", "FOUND" if MARK in read(*arguments) else "clean")
    except PermissionError:
        print(f"{place}: denied")
    except OSError:
        print(f"{place}: clean")


def main():
    server = find_server()
    look("own environment", lambda: repr(dict(os.environb)).encode())
    look("server environ", read_file, f"/proc/{server}/environ")
    look("server cmdline", read_file, f"/proc/{server}/cmdline")
    look("server memory", read_memory, server)
    look("server descriptors", read_descriptors, server)
    look("parent environ", read_file, f"/proc/{os.getppid()}/environ")
    for folder, _, files in os.walk("."):
        for name in files:
            look(f"file {os.path.join(folder, name)}", read_file, os.path.join(folder, name))


main()
