"""A page with xterm.js in headless Chromium, attached to a terminal as a person would be."""

import json
import shutil
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from conftest import KEY
from server import LIMIT_S

PAGE = Path(__file__).parent / "terminal_page"
XTERM = Path(__file__).parents[2] / "build/terminal_page/node_modules/@xterm/xterm"
CHROMIUM = "/usr/bin/chromium"
# A sandbox of its own needs privileges that containers do not give.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def server(start, tmp_path):
    """Serves the page itself, so that it is of the server's own origin."""
    site = tmp_path / "site"
    shutil.copytree(PAGE, site, ignore=shutil.ignore_patterns("package*.json"))
    shutil.copy(XTERM / "lib/xterm.mjs", site)
    shutil.copy(XTERM / "css/xterm.css", site)
    return start(env={"OH_STATIC_FILES_PATH": str(site)})


@pytest.fixture
def terminal(server):
    return server.post("/api/native/terminals", {"id": uuid.uuid4().hex}).json()["id"]


class View:
    """The page of one person."""

    def __init__(self, page):
        self.page = page

    def run(self, script, argument=None):
        return self.page.evaluate(script, argument)

    def wait_for_text(self, text):
        self.run("text => view.untilText(text)", text)

    def wait_until(self, condition):
        self.run(f"() => view.until(() => {condition})")

    def type(self, text):
        self.page.locator(".xterm-helper-textarea").press_sequentially(text)

    def press(self, key):
        self.page.locator(".xterm-helper-textarea").press(key)

    def text(self):
        return self.run("() => view.text()")


@pytest.fixture
def open_page(browser, server):
    """open_page(terminal, who): attached, and at the prompt."""
    context = browser.new_context()
    context.set_default_timeout(LIMIT_S * 1000)

    def open_view(terminal, who):
        page = context.new_page()
        address = f"http://127.0.0.1:{server.port}/static/index.html"
        page.goto(f"{address}?id={terminal}&key={KEY}&who={who}")
        view = View(page)
        view.wait_until("view.messages.length > 0")
        return view

    yield open_view
    context.close()


def take_over(view):
    view.run("() => view.send({type: 'take_over'})")
    view.wait_until("view.driver !== null && view.driver !== ''")


def test_what_is_typed_is_run_and_seen(open_page, terminal):
    view = open_page(terminal, "person")
    take_over(view)
    view.type("echo $((6 * 7)) grüße")
    view.press("Enter")
    view.wait_for_text("42 grüße")


def test_keys_edit_the_line(open_page, terminal):
    view = open_page(terminal, "person")
    take_over(view)
    view.type("echo wrong")
    for _ in "wrong":
        view.press("Backspace")
    view.type("ok-$((1+1))")
    view.press("Home")
    view.type("true; ")
    view.press("Enter")
    view.wait_for_text("ok-2")


def test_a_program_of_the_whole_screen_is_drawn_and_left(open_page, terminal, server):
    view = open_page(terminal, "person")
    take_over(view)
    view.type("seq 500 | less")
    view.press("Enter")
    view.wait_for_text("23\n:")
    view.press("Space")
    view.wait_for_text("46\n:")
    view.type("q")
    view.wait_until("view.terminal.buffer.active.type === 'normal'")


def test_a_new_size_reaches_the_program(open_page, terminal):
    view = open_page(terminal, "person")
    take_over(view)
    view.run("() => view.send({type: 'resize', cols: 100, rows: 30})")
    view.wait_until("view.terminal.cols === 100")
    view.type("stty size")
    view.press("Enter")
    view.wait_for_text("30 100")


def test_a_lost_connection_goes_on_where_it_was(open_page, terminal, server):
    view = open_page(terminal, "person")
    take_over(view)
    view.type("echo first-$((1+1))")
    view.press("Enter")
    view.wait_for_text("first-2")
    drawn = view.run("() => view.offset")
    view.run("() => view.drop()")
    view.wait_until("view.socket.readyState === WebSocket.OPEN")
    view.type("echo second-$((1+1))")
    view.press("Enter")
    view.wait_for_text("second-2")
    assert view.text().count("first-2") == 1
    assert view.run("() => view.offset") > drawn
    assert not view.run("() => view.messages.some(message => message.type === 'gap')")


def test_a_watcher_sees_what_an_agent_runs(open_page, terminal, server):
    view = open_page(terminal, "person")
    run = server.post(
        f"/api/native/terminals/{terminal}/run",
        {"text": "for i in 1 2 3; do echo agent-$i; done", "who": "agent"},
    )
    assert run.json()["exit_code"] == 0, run.text
    view.wait_for_text("agent-3")


def test_who_comes_late_sees_the_screen_as_it_is(open_page, terminal, server):
    server.post(f"/api/native/terminals/{terminal}/run", {"text": "printf '\\e[31mred\\e[0m\\n'"})
    view = open_page(terminal, "late")
    view.wait_for_text("red")


def test_a_person_takes_over_and_gives_back(open_page, terminal, server):
    typed = {"text": "# agent", "who": "agent"}
    assert server.post(f"/api/native/terminals/{terminal}/input", typed).status == 200
    view = open_page(terminal, "person")
    view.run("() => view.send({type: 'take_over'})")
    view.wait_until("view.driver === 'person'")
    assert server.post(f"/api/native/terminals/{terminal}/input", typed).status == 409
    view.run("() => view.send({type: 'give_back'})")
    view.wait_until("view.driver === 'agent'")
    assert server.post(f"/api/native/terminals/{terminal}/input", typed).status == 200


def test_a_flood_is_drawn_within_the_window(open_page, terminal, server):
    view = open_page(terminal, "person")
    run = server.post(f"/api/native/terminals/{terminal}/run", {"text": "seq 1 200000; echo over"})
    assert run.json()["exit_code"] == 0, json.dumps(run.json())[:300]
    view.wait_for_text("over")
    assert "200000" in view.text()


def test_two_people_see_the_same(open_page, terminal):
    one, two = open_page(terminal, "one"), open_page(terminal, "two")
    take_over(one)
    one.type("echo both-$((2+2))")
    one.press("Enter")
    one.wait_for_text("both-4")
    two.wait_for_text("both-4")
