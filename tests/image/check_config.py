"""Reads an image's configuration on standard input and checks what clients rely on."""

import json
import sys

user = sys.argv[1]
config = json.load(sys.stdin)["Docker"]["config"]
environment = dict(word.split("=", 1) for word in config["Env"])

assert config["Entrypoint"] == ["/usr/local/bin/openhands-agent-server"], config["Entrypoint"]
assert not config.get("Cmd"), config.get("Cmd")
assert config["User"] == user, config["User"]
assert config["WorkingDir"] == "/", config["WorkingDir"]
assert "8000/tcp" in config["ExposedPorts"], config["ExposedPorts"]
assert config["Healthcheck"]["Test"] == ["CMD", "/usr/local/bin/actiond", "--probe"]
assert config["Labels"]["org.opencontainers.image.licenses"] == "MIT"
assert environment["LOG_JSON"] == "true" and environment["LANG"] == "C.UTF-8", environment
