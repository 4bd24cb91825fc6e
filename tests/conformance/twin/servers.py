"""The kinds of server that cases speak to. Both sides get equal settings and a directory each."""

import json
import os
import sys
from pathlib import Path

from case import INIT_KEY, KEY, OTHER_KEY
from server import BINARY, Server

COMMON = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "OPENHANDS_SUPPRESS_BANNER": "1",
    "OH_ENABLE_VSCODE": "false",
    "OH_PRELOAD_TOOLS": "false",
    "DO_NOT_TRACK": "1",
    "LOG_JSON": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
}

# What makes the kinds different; `@base@` is the server's own directory.
KINDS = {
    "keyed": {
        "OH_SESSION_API_KEYS_0": KEY,
        "OH_SESSION_API_KEYS_1": OTHER_KEY,
        "OH_ALLOW_CORS_ORIGINS_0": "https://app.example.com",
        "OH_ALLOW_CORS_ORIGIN_REGEX": r"https://[a-z]+\.trusted\.example",
        "DOCKER_HOST_ADDR": "docker-host.example",
        "OH_RUNTIME_IDLE_TIMEOUT_SECONDS": "600",
        "OPENHANDS_BUILD_GIT_SHA": "0123abc",
        "OPENHANDS_BUILD_GIT_REF": "main",
    },
    "open": {
        "OH_STATIC_FILES_PATH": "@base@/static",
        "OH_WEB_URL": "https://proxy.example/runtime/abc/",
        "OH_ALLOW_CORS_ORIGINS_0": "*",
        "OH_ALLOW_CORS_ORIGINS_1": "https://app.example.com",
    },
    "dormant": {
        "OH_DEFERRED_INIT": "true",
        "OH_SECRET_KEY": INIT_KEY,
        "OH_SESSION_API_KEYS_0": KEY,
        "OH_STATIC_FILES_PATH": "@base@/static",
    },
    "unguarded": {"OH_DEFERRED_INIT": "1"},
    "talking": {"OH_SECRET_KEY": "twin-secret-key"},
    "skilled": {
        "EXTENSIONS_PATH": "@base@/extensions",
        "OH_PERSISTENCE_DIR": "@base@/state",
    },
}

PROGRAMS = {"real": [sys.executable, "-m", "openhands.agent_server"], "ours": [BINARY]}

STATIC_FILES = {
    "static/index.html": "<h1>front</h1>\n",
    "static/app.js": "let a = 1;\n",
    "static/sub/index.html": "<h1>sub</h1>\n",
    "static/empty.css": "",
    "outside.txt": "not public\n",
}




def marketplace(*names):
    plugins = [{"name": name, "source": f"./skills/{name}"} for name in names]
    return json.dumps({"name": "some", "owner": {"name": "all"}, "plugins": plugins})


def skill(name, description):
    return f"---\nname: {name}\ndescription: {description}\n---\nThe text of {name}.\n"


# What lies in a directory before its server begins, beside STATIC_FILES. The reference takes the
# names of a marketplace in any order: no list has two that are there.
FILES = {
    "skilled": {
        "extensions/marketplaces/default.json": marketplace("shared", "missing"),
        "extensions/marketplaces/small.json": marketplace("plain"),
        "extensions/marketplaces/broken.json": "{",
        "extensions/skills/zebra/SKILL.md": skill("zebra", "Public."),
        "extensions/skills/zebra/more.md": "no skill\n",
        "extensions/skills/plain.md": "---\ntriggers: [plain]\n---\nPublic and plain.\n",
        "extensions/skills/shared/SKILL.md": skill("shared", "Shared, public."),
        "extensions/skills/unlisted/SKILL.md": skill("unlisted", "Listed nowhere."),
        "extensions/skills/always.md": "Public and always there.\n",
        ".agents/skills/shared/SKILL.md": skill("shared", "Shared, of the user."),
        ".agents/skills/user-style.md": "The style of the user.\n",
        "state/skills/own/SKILL.md": skill("own", "Below the state."),
        "state/skills/user-style.md": "Hidden by the first one.\n",
        "state/microagents/old.md": "---\ntriggers: [old words]\n---\nOld, of the user.\n",
        "state/skills/installed/added/SKILL.md": skill("added", "Installed."),
        "state/skills/installed/off/SKILL.md": skill("off", "Installed, not enabled."),
        "state/skills/installed/.installed.json": json.dumps(
            {
                "extensions": {
                    name: {
                        "name": name,
                        "source": f"github:x/{name}",
                        "enabled": name == "added",
                        "installed_at": "2024-05-06T07:08:09+00:00",
                        "install_path": f"/x/{name}",
                    }
                    for name in ("added", "off")
                }
            }
        ),
    },
}


def make(side, kind, root):
    """A server of one side (`real` or `ours`), not yet started, in a directory below `root`."""
    base = Path(root, side, kind)
    settings = {name: value.replace("@base@", str(base)) for name, value in KINDS[kind].items()}
    server = Server(PROGRAMS[side], base, COMMON | settings)
    server.kind = kind
    for name, text in (STATIC_FILES | FILES.get(kind, {})).items():
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (1_700_000_000, 1_700_000_000))
    (base / "static" / "link.txt").symlink_to("../outside.txt")
    return server
