"""Whatever clients do, the server keeps no descriptor, child, file or memory of it."""

import itertools
import os
import resource

import pytest
from raw import FORM_END, PING, Raw, Socket, ask, head, upload_head
from usage import assert_rests_as, children, descriptors, descriptors_at_rest, files, settle

EXECUTE = "/api/bash/execute_bash_command"
CONNECTIONS = 1000


@pytest.fixture
def server(start):
    """Used once, so that what is made on first use is there; at the end nothing may be more."""
    server = start()
    warm_up(server)
    before = descriptors_at_rest(server)
    yield server
    assert_rests_as(server, before)


def warm_up(server):
    assert server.run("true")["exit_code"] == 0
    path = server.cwd / "warm"
    assert ask(server, upload_head(server, path, 3) + b"abc" + FORM_END).status == 200
    assert server.get(f"/api/file/download?path={path}").body == b"abc"
    with Socket(server) as socket:
        socket.send_frame(b"", PING)
        socket.read_frame()


def half_requests(server):
    """Ways to stop in the middle, over and over."""
    start = head("POST", EXECUTE, server.key, Content_Type="application/json", Content_Length=1000)
    upgrade = head("GET", "/sockets/bash-events", server.key, Connection="Upgrade")
    stream = head("GET", "/api/bash/bash_events/stream", server.key)
    return itertools.cycle(
        [b"", b"GET /al", head("GET", "/alive"), start, start + b'{"comm', upgrade, stream]
    )


@pytest.fixture
def many_descriptors():
    """The test itself needs one for each connection, and the server inherits the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * CONNECTIONS), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("leave", [Raw.close, Raw.reset])
def test_a_thousand_connections_at_once_leave_nothing(many_descriptors, server, leave):
    opened = []
    for _, text in zip(range(CONNECTIONS), half_requests(server)):
        opened.append(Raw(server))
        opened[-1].send(text)
    assert server.get("/alive").status == 200
    for connection in opened:
        leave(connection)
    assert server.run("echo on")["stdout"] == "on\n"


def test_a_thousand_connections_in_turn_leave_nothing(server):
    for _, text in zip(range(CONNECTIONS), half_requests(server)):
        connection = Raw(server)
        connection.send(text)
        connection.reset()
    assert server.run("echo on")["stdout"] == "on\n"


def test_sockets_opened_and_dropped_leave_no_subscription(server):
    """More than the limit of subscribers, one after the other."""
    for _ in range(200):
        socket = Socket(server)
        socket.reset()
    with Socket(server) as socket:
        socket.send_json({"command": "echo mine"})
        assert socket.read_event()["command"] == "echo mine"
        assert socket.read_event()["stdout"] == "mine\n"


def is_open_below(server, folder):
    """True while the server writes there, be it to a file without a name."""
    return any(name.startswith(f"{folder}/") for name in descriptors(server))


@pytest.mark.parametrize("leave", [Raw.close, Raw.reset, Raw.half_close])
def test_an_upload_cut_off_leaves_no_file(server, leave):
    folder = server.cwd / "uploads"
    folder.mkdir()
    connection = Raw(server)
    connection.send(upload_head(server, folder / "new", 8 << 20), os.urandom(4 << 20))
    settle(server, lambda: is_open_below(server, folder))
    assert not (folder / "new").exists()
    leave(connection)
    settle(server, lambda: not is_open_below(server, folder))
    assert not files(folder)


def test_an_upload_cut_off_leaves_the_old_content(server):
    path = server.cwd / "kept"
    path.write_text("old")
    before = files(server.cwd)
    for _ in range(20):
        connection = Raw(server)
        connection.send(upload_head(server, path, 1 << 20), os.urandom(1 << 19))
        connection.reset()
    settle(server, lambda: files(server.cwd) == before)
    assert path.read_text() == "old"


def test_downloads_dropped_in_the_middle_leave_nothing(server):
    path = server.cwd / "big"
    path.write_bytes(os.urandom(16 << 20))
    for _ in range(20):
        connection = Raw(server)
        connection.send(head("GET", f"/api/file/download?path={path}", server.key))
        assert len(connection.file.read(1 << 20)) == 1 << 20
        connection.reset()


def test_archives_dropped_in_the_middle_leave_nothing(server):
    folder = server.cwd / "tree"
    folder.mkdir()
    (folder / "big").write_bytes(os.urandom(16 << 20))
    before = files(server.cwd)
    target = f"/api/file/archive?format=tar.gz&path={folder}"
    for _ in range(10):
        connection = Raw(server)
        connection.send(head("GET", target, server.key))
        assert connection.read_head()[0] == 200
        connection.reset()
    settle(server, lambda: not children(server))
    assert files(server.cwd) == before


def test_a_huge_archive_that_nobody_reads_does_not_hold_up_the_end(start):
    """Filling it up with zeros would take minutes."""
    server = start()
    folder = server.cwd / "tree"
    folder.mkdir()
    with open(folder / "sparse", "wb") as file:
        file.truncate(100 << 30)
    connection = Raw(server)
    target = f"/api/file/archive?format=tar.gz&path={folder}"
    connection.send(head("GET", target, server.key))
    assert connection.read_head()[0] == 200
    connection.reset()
    assert server.get("/alive").status == 200
    server.stop()


@pytest.fixture
def gate(server):
    """A named pipe: each line written to it lets one waiting `read` go on."""
    path = server.cwd / "gate"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDWR)
    yield lambda count: os.write(descriptor, b"\n" * count)
    os.close(descriptor)


def test_clients_that_leave_during_a_command_do_not_end_it(server, gate):
    body = b'{"command":"read line < gate; echo done >> log"}'
    connections = [Raw(server) for _ in range(10)]
    for connection in connections:
        fields = {"Content_Type": "application/json", "Content_Length": len(body)}
        connection.send(head("POST", EXECUTE, server.key, **fields) + body)
    settle(server, lambda: len(children(server)) == 10)
    for connection in connections:
        connection.reset()
    gate(10)
    settle(server, lambda: not children(server))
    assert (server.cwd / "log").read_text() == "done\n" * 10


def test_commands_leave_no_descriptor_and_no_child(server):
    for _ in range(100):
        server.run("echo out; echo err >&2; exit 3")
    assert server.run("ls /proc/self/fd | wc -l")["stdout"] == "4\n"  # 0, 1, 2 and the folder


def test_failed_starts_leave_nothing(server):
    for _ in range(100):
        assert server.run("true", cwd="/nowhere")["exit_code"] == -1


def test_a_background_child_keeps_its_pipe_only_until_it_ends(server, gate):
    for _ in range(10):
        assert server.run("(read line < gate) & echo started")["stdout"] == "started\n"
    gate(10)
