"""Working directories of conversations, prepared and listed over HTTP."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

ROUTE = "/api/native/workspaces"
HEX = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def root(tmp_path):
    """Where workspaces are by default: below the directory the server starts in."""
    return tmp_path / "workspace" / "project"


def prepare(server, **body):
    answer = server.post(ROUTE, body)
    assert answer.status == 200, answer
    return answer.json()


def test_a_conversation_gets_a_repository_of_its_own(server, root):
    made = prepare(server, conversation_id=str(uuid.UUID(HEX)))
    assert made == {"path": str(root / HEX), "is_new": True, "is_repository": True}
    assert (root / HEX / ".git" / "HEAD").read_text() == "ref: refs/heads/main\n"
    assert prepare(server, conversation_id=HEX) == made | {"is_new": False}


def test_the_root_itself_stands_for_the_conversations_directory(server, root):
    assert prepare(server, conversation_id=HEX, working_dir=str(root))["path"] == str(root / HEX)


def test_a_directory_under_the_root_is_initialised(server, root):
    made = prepare(server, working_dir=str(root / "mine"))
    assert made == {"path": str(root / "mine"), "is_new": True, "is_repository": True}


def test_another_directory_is_made_and_left_plain(server, tmp_path):
    made = prepare(server, conversation_id=HEX, working_dir=str(tmp_path / "else" / "where"))
    assert made == {
        "path": str(tmp_path / "else" / "where"),
        "is_new": True,
        "is_repository": False,
    }


def test_the_root_can_be_configured(start, tmp_path):
    server = start(env={"OH_WORKSPACE_PATH": str(tmp_path / "elsewhere")})
    assert prepare(server, conversation_id=HEX)["path"] == str(tmp_path / "elsewhere" / HEX)


def test_many_calls_for_one_workspace_agree(server):
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: prepare(server, conversation_id=HEX), range(16)))
    assert sum(one["is_new"] for one in made) == 1
    assert all(one["is_repository"] for one in made)


def test_a_prepared_workspace_is_ready_for_git(server):
    path = prepare(server, conversation_id=HEX)["path"]
    open(f"{path}/new", "w").close()
    assert server.get(f"/api/git/changes?path={path}").json() == [
        {"status": "ADDED", "path": "new"}
    ]


def test_a_workspace_is_found_by_its_conversation(server, root):
    missing = server.get(f"{ROUTE}/{HEX}")
    assert (missing.status, missing.json()) == (
        404,
        {"detail": f"there is no workspace '{root / HEX}'"},
    )
    prepare(server, conversation_id=HEX)
    assert server.get(f"{ROUTE}/{HEX}").json() == {
        "path": str(root / HEX),
        "is_new": False,
        "is_repository": True,
    }
    assert server.get(f"{ROUTE}/nonsense").status == 422


def test_workspaces_are_listed_in_pages(server, root):
    assert server.get(ROUTE).json() == {"items": [], "next_page_id": None}
    prepare(server, conversation_id=HEX)
    prepare(server, working_dir=str(root / "mine"))
    first = server.query(ROUTE, limit=1).json()
    (item,) = first["items"]
    assert item.pop("modified_at").endswith("Z")
    assert item == {
        "name": HEX,
        "path": str(root / HEX),
        "conversation_id": HEX,
        "is_repository": True,
    }
    second = server.query(ROUTE, page_id=first["next_page_id"]).json()
    assert [(one["name"], one["conversation_id"]) for one in second["items"]] == [("mine", None)]
    assert second["next_page_id"] is None


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({}, 400, "a conversation id is needed for a workspace under"),
        ({"working_dir": "a\0b"}, 400, "NUL byte"),
        ({"working_dir": "file/x"}, 409, "cannot make the workspace"),
        ({"working_dir": "workspace/project/file"}, 409, "is not a directory"),
        ({"working_dir": "workspace/project/out"}, 400, "leads out of the workspace root"),
        ({"conversation_id": "x"}, 422, "uuid_parsing"),
        ({"unknown": 1}, 422, "extra_forbidden"),
    ],
)
def test_what_cannot_be_prepared_is_refused(server, root, tmp_path, body, status, text):
    root.mkdir(parents=True)
    (tmp_path / "file").touch()
    (root / "file").touch()
    (root / "out").symlink_to("/tmp")
    answer = server.post(ROUTE, body)
    assert answer.status == status
    assert text in answer.text


def test_nobody_prepares_without_a_key(server, root):
    assert server.post(ROUTE, {"conversation_id": HEX}, key=None).status == 401
    assert server.get(ROUTE, key=None).status == 401
    assert not os.path.exists(root)
