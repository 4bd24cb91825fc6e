"""What is in force, where it came from, and what is said when it makes no sense."""

import json

import pytest
from server import run_once

FILE = "workspace/openhands_agent_server_config.json"


def write_config(directory, content, name=FILE):
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def check(directory, *args, env=None):
    """The lines of --check-config as {name: (value, origin)}."""
    done = run_once("--check-config", *args, env=env, cwd=directory)
    assert done.returncode == 0, done.stderr
    shown = {}
    for line in done.stdout.splitlines():
        name, rest = line.split(maxsplit=1)
        value, consumed = (
            json.JSONDecoder().raw_decode(rest) if rest[0] != "*" else ("**********", 10)
        )
        shown[name] = (value, rest[consumed:].strip())
    return shown


def refuse(directory, env=None, *args):
    done = run_once("--port", "0", *args, env=env, cwd=directory)
    assert done.returncode == 1 and done.stdout == "", done
    return done.stderr.splitlines()[-1]


def test_defaults_are_those_of_the_documents(tmp_path):
    shown = check(tmp_path)
    assert shown["host"] == ("127.0.0.1", "default: no session key is configured")
    assert shown["port"] == (8000, "default")
    assert shown["bash_events_dir"] == ("workspace/bash_events", "default")
    assert shown["vscode_port"] == (8001, "default")
    assert shown["persistence_dir"][0] == f"{tmp_path}/.openhands"


def test_a_flag_wins_over_a_variable_and_a_variable_over_the_file(tmp_path):
    path = write_config(
        tmp_path, {"vscode_port": 1, "web_url": "http://file", "max_concurrent_runs": 3}
    )
    shown = check(
        tmp_path, "--log-level", "ERROR", env={"OH_VSCODE_PORT": "2", "LOG_LEVEL": "DEBUG"}
    )
    assert shown["vscode_port"] == (2, "environment OH_VSCODE_PORT")
    assert shown["web_url"] == ("http://file", f"file {path.relative_to(tmp_path)}")
    assert shown["max_concurrent_runs"][0] == 3
    assert shown["log_level"] == ("ERROR", "flag --log-level")


def test_the_file_may_stand_elsewhere(tmp_path):
    path = write_config(tmp_path, {"vscode_port": 7}, "other.json")
    shown = check(tmp_path, env={"OPENHANDS_AGENT_SERVER_CONFIG_PATH": str(path)})
    assert shown["vscode_port"] == (7, f"file {path}")


def test_lists_and_objects_are_merged_with_the_file(tmp_path):
    write_config(tmp_path, {"webhooks": [{"base_url": "a", "num_retries": 1}, {"base_url": "b"}]})
    shown = check(tmp_path, env={"OH_WEBHOOKS_0_NUM_RETRIES": "9"})
    assert shown["webhooks"][0] == [{"base_url": "a", "num_retries": 9}, {"base_url": "b"}]


def test_a_variable_can_clear_what_the_file_sets(tmp_path):
    write_config(tmp_path, {"static_files_path": "/x", "conversation_idle_ttl_seconds": 5})
    shown = check(tmp_path, env={"OH_STATIC_FILES_PATH_IS_NONE": "1"})
    assert shown["static_files_path"] == (None, "environment OH_STATIC_FILES_PATH_IS_NONE")
    assert shown["conversation_idle_ttl_seconds"][0] == 5


def test_secrets_are_never_shown(tmp_path):
    write_config(tmp_path, {"previous_secret_keys": ["hush-3"]})
    env = {
        "OH_SESSION_API_KEYS_0": "hush-1",
        "OH_SECRET_KEY": "hush-2",
        "OH_WEBHOOKS_0_BASE_URL": "http://x",
        "OH_WEBHOOKS_0_HEADERS": '{"Authorization": "hush-4"}',
        "OH_LLM_API_KEY_REFRESH_HEADERS": '{"X-Key": "hush-5"}',
    }
    done = run_once("--check-config", env=env, cwd=tmp_path)
    assert "hush" not in done.stdout + done.stderr
    shown = check(tmp_path, env=env)
    assert shown["session_api_keys"] == (["**********"], "environment OH_SESSION_API_KEYS_0")
    assert shown["secret_key"] == ("**********", "environment OH_SECRET_KEY")
    assert shown["webhooks"][0] == [{"base_url": "http://x", "headers": "**********"}]
    assert shown["llm_api_key_refresh_headers"][0] == "**********"


def test_the_fallback_of_a_key_is_named(tmp_path):
    shown = check(tmp_path, env={"SESSION_API_KEY": "k"})
    assert shown["session_api_keys"][1] == shown["secret_key"][1] == "environment SESSION_API_KEY"
    assert shown["host"] == ("0.0.0.0", "default: session keys are configured")


@pytest.mark.parametrize(
    ("env", "text"),
    [
        ({"OH_VSCODE_PORT": "x"}, "OH_VSCODE_PORT: expected an integer, got 'x'"),
        ({"OH_VSCODE_PORT": "0"}, "OH_VSCODE_PORT: expected an integer from 1 to 65535, got 0"),
        ({"OH_WEBHOOKS": "["}, "OH_WEBHOOKS: expected a JSON list or a number of items"),
        (
            {"OH_WEBHOOKS_0_NUM_RETRIES": "1"},
            "OH_WEBHOOKS: item 0: base_url: required, but missing",
        ),
        ({"OH": "1"}, "OH: expected a JSON object"),
        (
            {"OH": '{"vscode_port": 0}'},
            "OH: vscode_port: expected an integer from 1 to 65535, got 0",
        ),
    ],
)
def test_a_bad_variable_ends_with_1_and_is_named(tmp_path, env, text):
    assert text in refuse(tmp_path, env)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("[]", f"Config file must contain a JSON object: {FILE}"),
        ("{", f"config file '{FILE}': Expecting property name enclosed in double quotes"),
        (
            '{"vscode_port": 0}',
            f"config file '{FILE}': vscode_port: expected an integer from 1 to 65535",
        ),
        (
            '{"webhooks": [{}]}',
            f"config file '{FILE}': webhooks: item 0: base_url: required, but missing",
        ),
    ],
)
def test_a_bad_file_ends_with_1_and_is_named(tmp_path, content, text):
    write_config(tmp_path, content)
    assert text in refuse(tmp_path)


@pytest.mark.parametrize(
    "env",
    [{"OH_SESSION_API_KEYS_0": ""}, {"SESSION_API_KEY": " "}, {"OH_SESSION_API_KEYS": '[""]'}],
)
def test_a_blank_key_never_opens_the_server(tmp_path, env):
    assert "a session key is blank" in refuse(tmp_path, env)


def test_a_check_of_a_bad_configuration_fails_too(tmp_path):
    done = run_once("--check-config", env={"OH_VSCODE_PORT": "0"}, cwd=tmp_path)
    assert done.returncode == 1 and "OH_VSCODE_PORT" in done.stderr


def test_v0_refuses_an_evaluation_without_a_browser(tmp_path):
    done = run_once("8000", "--no-enable-browser", "--browsergym-eval-env", "x", cwd=tmp_path)
    assert done.returncode == 1
    assert (
        "Browser environment is not enabled in config, but browsergym_eval_env is set"
        in done.stderr
    )
