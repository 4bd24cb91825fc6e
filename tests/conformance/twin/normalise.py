"""Turns an answer into text that is equal for equal behaviour: ids, times, ports, paths and
versions become names, and only headers that carry meaning stay."""

import re
from urllib.parse import quote

HEADERS = (
    "accept-ranges",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-max-age",
    "allow",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-range",
    "content-type",
    "etag",
    "last-modified",
    "location",
    "retry-after",
    "sec-websocket-protocol",
    "set-cookie",
    "upgrade",
    "vary",
    "www-authenticate",
    "x-archive-base-commit",
    "x-archive-base-ref",
    "x-archive-branch",
    "x-archive-head-commit",
    "x-archive-repo-remote",
    "x-archive-repo-root",
)

RULES = (
    (r"\d{20}_(Bash\w+)", r"<moment>_\1"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<uuid>"),
    (r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", "<hex32>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", "<time>"),
    (r"\w{3}, \d\d \w{3} 20\d\d \d\d:\d\d:\d\d GMT", "<date>"),
    (r'"(uptime|idle_time)":\d+\.0\b', r'"\1":<seconds>'),
    (r'"resources":\{"cpu_percent".*?"write_bytes":\d+\}\}', r'"resources":<figures>'),
    (r'"((?:sdk_|tools_|workspace_)?version)":"\d+\.\d+\.\d+"', r'"\1":"<version>"'),
    (r'"python_version":"(?:[^"\\]|\\.)*"', '"python_version":"<text>"'),
)


def text(value, server, directory):
    """Normalise one text of an answer given by `server` to a case that lives in `directory`."""
    for path, name in ((directory, "<dir>"), (server.base, "<base>")):
        value = value.replace(str(path), name).replace(quote(str(path), safe=""), name)
    value = re.sub(rf"\b{server.port}\b", "<port>", value)
    for pattern, name in RULES:
        value = re.sub(pattern, name, value)
    return value


def headers(values):
    """Keep what matters, sorted; `connection: close` alone says nothing, every request asks for it,
    and the order of allowed methods means nothing."""
    kept = [(n, v) for n, v in values if n in HEADERS]
    kept = [(n, ", ".join(sorted(v.split(", "))) if n == "allow" else v) for n, v in kept]
    return sorted((n, v) for n, v in kept if (n, v.lower()) != ("connection", "close"))


def body(data, content_type):
    """Bytes as text; what is not UTF-8 is shown escaped, and a multipart boundary gets a name."""
    shown = data.decode("utf-8", "backslashreplace")
    found = re.search(r"boundary=(\S+)", content_type)
    return shown.replace(found[1], "<boundary>") if found else shown
