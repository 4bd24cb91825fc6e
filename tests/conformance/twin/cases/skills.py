"""The routes /api/skills and /api/hooks: what lies in a project, of the user and of everybody."""

import json

from case import case, get, post, post_json

SKILLS = "/api/skills"
HOOKS = "/api/hooks"
PROJECT = "@dir@/project"


def script(files, folder="project"):
    """A shell script that writes them."""
    lines = []
    for number, (path, text) in enumerate(files.items()):
        lines.append(f'mkdir -p "$(dirname {folder}/{path})"')
        lines.append(f"cat > {folder}/{path} <<'END{number}'\n{text}\nEND{number}")
    return "\n".join(lines) + "\n"


def head(text="Text.", **members):
    lines = [f"{name}: {value}" for name, value in members.items()]
    return "\n".join(["---", *lines, "---", text])


TREE = {
    "AGENTS.md": "Rules of the project.",
    ".cursorrules": "Cursor.",
    "claude.md": "For Claude.",
    "GEMINI.md": "For Gemini.",
    "server/AGENTS.md": "Rules of the server.",
    "server/deep/CLAUDE.md": "Deep rules.",
    "README.md": "No skill.",
    ".agents/skills/pdf-tools/SKILL.md": head(
        "Use them.", name="pdf-tools", description="Reads PDF.", license="MIT"
    ),
    ".agents/skills/pdf-tools/scripts/run.sh": "true",
    ".agents/skills/pdf-tools/notes.md": "No skill either.",
    ".agents/skills/wrong-name/SKILL.md": head(name="other-name"),
    ".agents/skills/Upper/SKILL.md": "x",
    ".agents/skills/hidden/SKILL.md": head(**{"disable-model-invocation": "true"}),
    ".agents/skills/worded/SKILL.md": head(triggers="[one, two]", description="Said."),
    ".agents/skills/always.md": "Always there.",
    ".agents/skills/said.md": head(triggers="\n  - deploy\n  - release", name="saying"),
    ".agents/skills/task.md": head(
        "Mend ${file}.", inputs="\n  - name: file\n    description: which one"
    ),
    ".agents/skills/asked.md": head("Use ${name} here.", triggers="[/asked]"),
    ".agents/skills/rule.md": head(paths='"*.py, src/**"', triggers="[never]"),
    ".agents/skills/below/inner.md": "Further down.",
    ".agents/skills/broken.md": "---\nname: [\n---\nx",
    ".openhands/skills/always.md": "The first one counts.",
    ".openhands/skills/own.md": "Own.",
    ".openhands/microagents/old.md": head("Old.", triggers="[old]", agent="CodeActAgent"),
    ".openhands/microagents/user-style.md": "Of the project.",
    ".openhands/microagents/shared.md": "Shared, of the project.",
}
ROOTED = {f"inner/{path}": text for path, text in TREE.items()} | {
    "AGENTS.md": "Rules of the root.",
    "GEMINI.md": "Of the root.",
    ".agents/skills/rooted.md": "At the root.",
    ".agents/skills/always.md": "Hidden by the inner one.",
}
URLS = [
    {"name": "WORKER_1", "url": "http://localhost:12000", "port": 12000},
    {"name": "VSCODE", "url": "http://localhost:60001", "port": 60001},
    {"name": "WORKER_2", "url": "https://x.example/?a=1", "port": "12001"},
]
NONE = {"load_public": False, "load_user": False, "load_project": False, "load_org": False}
MATCHER = {"matcher": "terminal", "hooks": [{"command": "true"}]}
FULL_HOOK = {
    "type": "agent",
    "name": "judge",
    "prompt": "p",
    "system_prompt": "s",
    "tools": ["grep"],
    "timeout": 5,
    "max_iterations": 7,
}
HOOK_FILES = {
    "of_every_kind": {
        "PreToolUse": [MATCHER],
        "post_tool_use": [{"hooks": [{"type": "prompt", "prompt": "Is it fine?"}]}],
        "UserPromptSubmit": [{"matcher": "*", "hooks": [{"command": "x", "async": True}]}],
        "session_start": [MATCHER, MATCHER],
        "SessionEnd": [{"hooks": []}],
        "stop": [{"hooks": [FULL_HOOK]}],
    },
    "in_a_wrapper": {"hooks": {"Stop": [MATCHER]}, "$schema": "x"},
    "of_an_unknown_event": {"Nowhere": [MATCHER]},
    "under_both_names_of_an_event": {"stop": [MATCHER], "Stop": [MATCHER]},
    "without_a_command": {"stop": [{"hooks": [{"type": "command"}]}]},
    "with_a_command_for_a_prompt": {
        "stop": [{"hooks": [{"type": "prompt", "prompt": "p", "command": "c"}]}]
    },
    "of_an_unknown_type": {"stop": [{"hooks": [{"type": "http", "command": "c"}]}]},
    "in_an_empty_object": {},
    "in_empty_lists": {"stop": [], "PreToolUse": []},
    "in_a_list": [MATCHER],
    "in_a_null": None,
}


def skills(**body):
    return post_json(SKILLS, body)


def hooks_file(text):
    return script({".openhands/hooks.json": text})


CASES = [
    case("nothing_is_asked_for", skills(**NONE), server="skilled"),
    case("all_that_there_is", skills(project_dir=PROJECT), setup=script(TREE), server="skilled"),
    case(
        "of_a_project_alone",
        skills(load_public=False, load_user=False, project_dir=PROJECT),
        setup=script(TREE),
        server="skilled",
    ),
    case(
        "of_a_project_below_a_git_root",
        skills(load_public=False, load_user=False, project_dir=PROJECT + "/inner/"),
        setup=script(ROOTED) + "cd project; git init -q .",
        server="skilled",
    ),
    case(
        "of_a_project_that_git_ignores_in_part",
        skills(load_public=False, load_user=False, project_dir=PROJECT),
        setup=script(TREE | {".gitignore": "deep/"}) + "cd project; git init -q .",
        server="skilled",
    ),
    case("of_a_project_nowhere", skills(**NONE | {"load_project": True}, project_dir=PROJECT)),
    case("of_a_project_without_a_name", skills(**NONE | {"load_project": True}, project_dir="")),
    case(
        "of_a_project_that_is_not_wanted",
        skills(**NONE, project_dir=PROJECT),
        setup=script(TREE),
    ),
    case("of_the_user_alone", skills(**NONE | {"load_user": True}), server="skilled"),
    case("of_the_public_alone", skills(**NONE | {"load_public": True}), server="skilled"),
    *[
        case(
            f"of_{name}",
            skills(**NONE | {"load_public": True}, marketplace_path=path),
            server="skilled",
        )
        for name, path in (
            ("all_the_public", None),
            ("another_marketplace", "marketplaces/small.json"),
            ("a_marketplace_nowhere", "marketplaces/none.json"),
            ("a_broken_marketplace", "marketplaces/broken.json"),
        )
    ],
    case("of_the_sandbox", skills(**NONE, sandbox_config={"exposed_urls": URLS})),
    case(
        "of_a_sandbox_without_workers",
        skills(**NONE, sandbox_config={"exposed_urls": URLS[1:2]}),
    ),
    case("of_an_empty_sandbox", skills(**NONE, sandbox_config={})),
    case(
        "of_a_project_go_before_the_sandbox",
        skills(
            **NONE | {"load_project": True},
            project_dir=PROJECT,
            sandbox_config={"exposed_urls": URLS},
        ),
        setup=script({".agents/skills/work_hosts.md": "Of the project."}),
    ),
    case(
        "with_what_older_clients_send",
        skills(**NONE, sandbox_config=None, org_configs=None, org_config=None, unknown=1),
    ),
    case("with_lax_values", skills(**NONE | {"load_public": "no", "load_user": 0})),
    case("with_a_wrong_flag", skills(load_public="perhaps")),
    case("with_a_null_flag", skills(load_public=None)),
    case("with_a_numeric_project", skills(**NONE | {"project_dir": 5})),
    case("without_a_body", post(SKILLS)),
    case("with_a_wrong_port", skills(sandbox_config={"exposed_urls": [URLS[0] | {"port": "x"}]})),
    case("with_a_sandbox_that_is_text", skills(sandbox_config="x")),
    case("are_not_got", get(SKILLS)),
    case("need_the_key", post_json(SKILLS, {}, key="wrong")),
    *[
        case(
            f"hooks_{name}",
            post_json(HOOKS, {"project_dir": PROJECT}),
            setup=hooks_file(json.dumps(content)),
        )
        for name, content in HOOK_FILES.items()
    ],
    case(
        "hooks_in_a_broken_file",
        post_json(HOOKS, {"project_dir": PROJECT}),
        setup=hooks_file("{"),
    ),
    case("hooks_of_a_project_nowhere", post_json(HOOKS, {"project_dir": PROJECT})),
    case("hooks_of_no_project", post_json(HOOKS, {"project_dir": None})),
    case("hooks_of_an_empty_name", post_json(HOOKS, {"project_dir": ""})),
    case("hooks_of_nothing", post_json(HOOKS, {})),
    case("hooks_of_a_numeric_project", post_json(HOOKS, {"project_dir": 7})),
    case("hooks_without_a_body", post(HOOKS)),
    case("hooks_need_the_key", post_json(HOOKS, {}, key=None)),
    case("a_project_with_a_nul", post_json(HOOKS, {"project_dir": "/tmp/\0"})),
]
