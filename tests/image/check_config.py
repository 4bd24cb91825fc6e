"""Reads an image's configuration on standard input and checks what clients rely on.

check_config.py root|openhands    the image for V1, with that user
check_config.py v0                the image for V0 backends; prints its PATH
"""

import json
import sys

ENTRYPOINT = ["/usr/local/bin/openhands-agent-server"]


def check_v1(config, user):
    assert config["Entrypoint"] == ENTRYPOINT, config["Entrypoint"]
    assert config["User"] == user, config["User"]
    assert config["WorkingDir"] == "/", config["WorkingDir"]
    assert "8000/tcp" in config["ExposedPorts"], config["ExposedPorts"]
    assert config["Healthcheck"]["Test"] == ["CMD", "/usr/local/bin/actiond", "--probe"]


def check_v0(config, path):
    # Backends name the whole command and the port; the server adds the user they ask for.
    assert not config.get("Entrypoint"), config["Entrypoint"]
    assert config.get("User", "") in ("", "root"), config["User"]
    assert config["WorkingDir"] == "/openhands/code", config["WorkingDir"]
    assert config.get("Healthcheck", {}).get("Test", ["NONE"]) == ["NONE"], config["Healthcheck"]
    print(path)


def main(kind):
    config = json.load(sys.stdin)["Docker"]["config"]
    environment = dict(word.split("=", 1) for word in config["Env"])
    assert not config.get("Cmd"), config.get("Cmd")
    assert config["Labels"]["org.opencontainers.image.licenses"] == "MIT"
    assert environment["LOG_JSON"] == "true" and environment["LANG"] == "C.UTF-8", environment
    if kind == "v0":
        check_v0(config, environment["PATH"])
    else:
        check_v1(config, kind)


if __name__ == "__main__":
    main(sys.argv[1])
