"""A library's header stays in the module that wraps it."""

import os
import re

from tree import main

# The loop and the engine of the server are written on libuv; it appears in two folders.
FOLDERS = {"uv.h": ("server/loop", "server/http")}
# Of each of these, one module at most sees the headers; a loadable part (…_module.c) is a program
# of its own and does not count.
ONE_MODULE = {
    "curl": r"curl/.*",
    "h2o": r"h2o(/.*|\.h)",
    "http_parser": r"http_parser\.h",
    "jansson": r"jansson\.h",
    "libarchive": r"archive(_entry)?\.h",
    "libmagic": r"magic\.h",
    "libzmq": r"zmq\.h",
    "nettle": r"nettle/.*",
    "openpty": r"pty\.h|utmp\.h",
    "openssl": r"openssl/.*",
    "pcre2": r"pcre2\.h",
    "sanitizer": r"sanitizer/.*",
    "vterm": r"vterm(_keycodes)?\.h",
    "wslay": r"wslay/.*",
    "zlib": r"zlib\.h",
}
# Headers of the compiler, the C library and the kernel, which any module may include.
SYSTEM_FOLDERS = ("arpa/", "asm/", "bits/", "linux/", "net/", "netinet/", "sys/")
SYSTEM = set(
    """
    assert complex ctype dirent dlfcn elf endian err errno fcntl features fenv float fnmatch ftw
    getopt glob grp iconv ifaddrs inttypes iso646 langinfo libgen limits link locale malloc math
    mntent netdb paths poll pthread pwd regex resolv sched search semaphore setjmp signal spawn
    stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings syslog
    termios time uchar ucontext unistd wchar wctype
    """.split()
)
PROGRAM = ("server/", "pty/", "actions/", "plugins/", "agent/", "api/")

INCLUDE = re.compile(r"^\s*#\s*include\s*<([^>]+)>")


def is_system(header):
    return header.startswith(SYSTEM_FOLDERS) or os.path.splitext(header)[0] in SYSTEM


def includes(tree):
    """File, line and header of every include of something that is not part of the system."""
    for file in tree.ending(".c", ".h", below=PROGRAM):
        for number, line in tree.lines(file):
            found = INCLUDE.match(line)
            if found and not is_system(found.group(1)) and not tree.has(found.group(1)):
                yield file, number, found.group(1)


def library_of(header):
    return next((name for name, form in ONE_MODULE.items() if re.fullmatch(form, header)), None)


def check(tree, report):
    users = {}
    for file, line, header in includes(tree):
        library = library_of(header)
        if library is not None:
            module = os.path.splitext(file)[0]
            if not module.endswith("_module"):
                users.setdefault(library, {}).setdefault(module, (file, line, header))
        elif header not in FOLDERS:
            report.add(file, line, f"<{header}> has no place", "give it one in lint_third_party.py")
        elif os.path.dirname(file) not in FOLDERS[header]:
            folders = " and ".join(FOLDERS[header])
            report.add(file, line, f"<{header}> outside {folders}", "use what wraps it there")
    for library, modules in users.items():
        if len(modules) > 1:
            for file, line, header in modules.values():
                wrong = f"<{header}>: {library} is used by {len(modules)} modules"
                report.add(file, line, wrong, "keep one that wraps it, and use that")


if __name__ == "__main__":
    main(check)
