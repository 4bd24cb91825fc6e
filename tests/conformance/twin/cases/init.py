"""Deferred initialisation. The cases of one kind of server go in order: the last ones wake it."""

from case import INIT_KEY, KEY, Http, Socket, case, get, post, post_json

NEW_KEY = "twin-key-new"
SECRETS = "-e SESSION_API_KEY -e twin-key -e twin-init -e twin-secret"
INIT = "/api/init"


def init(body, key=INIT_KEY, **options):
    headers = (("X-Init-API-Key", key),) if key is not None else ()
    return post_json(INIT, body, key=None, headers=headers, **options)


def dormant(name, *steps):
    return case(name, *steps, server="dormant")


def unguarded(name, *steps):
    return case(name, *steps, server="unguarded")


WAKE = {
    "session_api_keys": [NEW_KEY, "twin-key-newer"],
    "secret_key": "twin-secret-new",
    "bash_events_dir": "@base@/events-after-init",
    "allow_cors_origins": ["https://late.example"],
    "web_url": "https://proxy.example/late/",
    "env": {"TWIN_VALUE": "delivered"},
}

CASES = [
    dormant("a_dormant_server_says_so", get(INIT, key=None)),
    dormant("a_dormant_server_is_alive", get("/alive", key=None)),
    dormant("a_dormant_server_is_healthy", get("/health", key=None)),
    dormant("a_dormant_server_is_ready", get("/ready", key=None)),
    dormant("a_dormant_server_shows_its_info", get("/server_info", key=None)),
    dormant("a_dormant_api_is_unavailable", get("/api/file/home", key=KEY)),
    dormant("a_dormant_api_is_unavailable_before_the_key", get("/api/file/home", key=None)),
    dormant("a_dormant_api_is_unavailable_before_validation", get("/api/file/download", key=None)),
    dormant(
        "malformed_json_comes_before_dormancy",
        post_json("/api/bash/start_bash_command", b"{", key=None),
    ),
    dormant("an_unknown_path_comes_before_dormancy", get("/api/nowhere", key=None)),
    dormant("a_wrong_method_comes_before_dormancy", post("/api/file/home", key=None)),
    dormant("a_redirect_comes_before_dormancy", get("/api/file/home/", key=None)),
    dormant("a_dormant_server_refuses_sockets", Socket("/sockets/bash-events", key=KEY)),
    dormant("a_dormant_server_refuses_sockets_without_a_key", Socket("/sockets/bash-events")),
    dormant("init_needs_its_key", init({}, key=None)),
    dormant("init_refuses_a_wrong_key", init({}, key="wrong")),
    dormant("init_refuses_an_empty_key", init({}, key="")),
    dormant("init_refuses_a_session_key", post_json(INIT, {}, key=KEY)),
    dormant("init_with_malformed_json", init(b"{")),
    dormant("init_with_malformed_json_and_a_wrong_key", init(b"{", key="wrong")),
    dormant(
        "init_without_a_body", Http("POST", INIT, headers=(("X-Init-API-Key", INIT_KEY),), key=None)
    ),
    dormant("init_of_a_list", init([])),
    dormant("init_with_an_unknown_field", init({"colour": "blue"})),
    dormant("init_with_an_unknown_field_and_a_wrong_key", init({"colour": "blue"}, key="wrong")),
    dormant("init_with_an_empty_session_key", init({"session_api_keys": ["a", ""]})),
    dormant("init_with_a_session_key_that_is_a_text", init({"session_api_keys": "abc"})),
    dormant("init_with_numeric_session_keys", init({"session_api_keys": [1, None]})),
    dormant("init_with_no_runs", init({"max_concurrent_runs": 0})),
    dormant("init_with_a_text_as_runs", init({"max_concurrent_runs": "many"})),
    dormant("init_with_a_numeric_environment", init({"env": {"A": 1}})),
    dormant("init_with_an_environment_list", init({"env": ["A=1"]})),
    dormant("init_with_a_webhook_without_url", init({"webhooks": [{}]})),
    dormant(
        "init_with_a_webhook_out_of_bounds",
        init(
            {
                "webhooks": [
                    {
                        "base_url": "http://x",
                        "flush_delay": 0,
                        "num_retries": -1,
                        "event_buffer_size": 0,
                    }
                ]
            }
        ),
    ),
    dormant(
        "init_with_a_numeric_path",
        init({"conversations_path": 5, "bash_events_dir": [], "web_url": 7}),
    ),
    dormant("init_by_put_is_refused", Http("PUT", INIT, key=None)),
    dormant("a_server_stays_dormant_after_bad_inits", get(INIT, key=None)),
    dormant("init_wakes_the_server", init(WAKE), get(INIT, key=None)),
    dormant("a_second_init_needs_the_new_secret", init({})),
    dormant("a_second_init_is_refused", init({}, key="twin-secret-new")),
    dormant(
        "the_new_key_opens_the_api",
        get("/api/bash/bash_events/search?timestamp__lt=2001-01-01", key=NEW_KEY),
    ),
    dormant(
        "the_other_new_key_opens_the_api",
        get("/api/bash/bash_events/search?timestamp__lt=2001-01-01", key="twin-key-newer"),
    ),
    dormant("the_old_key_no_longer_opens_the_api", get("/api/file/home", key=KEY)),
    dormant(
        "the_delivered_environment_reaches_commands",
        post_json(
            "/api/bash/execute_bash_command",
            {"command": f"printf %s $TWIN_VALUE; env | grep -c {SECRETS}; true"},
            key=NEW_KEY,
        ),
    ),
    dormant("the_new_root_path_is_stripped", get("/late/alive", key=None)),
    dormant(
        "cors_keeps_the_origins_of_the_start",
        get("/alive", key=None, headers=(("Origin", "https://late.example"),)),
    ),
    dormant(
        "a_socket_opens_with_the_new_key",
        Socket(
            "/sockets/bash-events",
            (("text", '{"command":"printf awake"}'), ("until_exit",)),
            key=NEW_KEY,
        ),
    ),
    unguarded("an_unguarded_server_is_dormant", get(INIT, key=None)),
    unguarded("an_unguarded_init_validates", init({"max_concurrent_runs": 0}, key=None)),
    unguarded("an_unguarded_init_needs_no_key", init({"session_api_keys": None}, key=None)),
    unguarded("a_second_unguarded_init_is_refused", init({}, key=None)),
    unguarded(
        "an_api_without_keys_is_open",
        get("/api/bash/bash_events/search?timestamp__lt=2001-01-01", key=None),
    ),
]
