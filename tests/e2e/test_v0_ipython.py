"""Cells of a notebook through POST /execute_action (v0-action-execution §6), with a real kernel."""

import os
import sys
import threading
from pathlib import Path

import pytest

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJg"
    "gg=="
)
NOTHING = "[Code executed successfully with no output]"


class Notebook:
    def __init__(self, server, folder):
        self.server = server
        self.folder = folder

    def act(self, action, timeout=60, **args):
        event = {"action": action, "args": args, "timeout": timeout}
        return self.server.post("/execute_action", {"action": event})

    def cell(self, code, timeout=60, **args):
        answer = self.act("run_ipython", timeout, code=code, **args)
        assert answer.status == 200, answer
        return answer.json()

    def text(self, code, timeout=60):
        return self.cell(code, timeout, include_extra=False)["content"]

    def shell(self, command):
        answer = self.act("run", command=command)
        assert answer.json()["extras"]["metadata"]["exit_code"] == 0, answer


@pytest.fixture
def start_notebook(start, tmp_path):
    """A server with the plugins that agents ask for; its kernels run the Python of the tests."""

    def start_server(*plugins, env=None):
        folder = tmp_path / "work"
        folder.mkdir()
        words = ["-u", "-m", "openhands.runtime.action_execution_server", "0"]
        words += ["--working-dir", str(folder), "--username", "tester", "--no-enable-browser"]
        words += ["--user-id", str(os.getuid()), *(["--plugins", *plugins] if plugins else [])]
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        server = start(*words, env={"USER": "tester", "PATH": path} | (env or {}), key=None)
        server.log.wait_for(lambda line: " v0.alive " in line)
        return Notebook(server, folder)

    return start_server


@pytest.fixture
def notebook(start_notebook):
    return start_notebook("agent_skills", "jupyter")


def test_an_observation_has_all_fields_in_their_order(notebook):
    observation = notebook.cell("print('hello')")
    assert list(observation) == ["message", "observation", "content", "extras", "success"]
    assert observation["message"] == "Code executed in IPython cell."
    assert observation["observation"] == "run_ipython"
    assert observation["extras"] == {"code": "print('hello')", "image_urls": None}
    assert observation["success"] is True
    python = Path(sys.executable).parent / "python"
    assert observation["content"] == (
        "hello\n"
        f"[Jupyter current working directory: {notebook.folder}]\n"
        f"[Jupyter Python interpreter: {python}]"
    )


def test_what_a_cell_defines_is_there_in_the_next(notebook):
    assert notebook.text("x = 6\ndef f(): return x * 7") == NOTHING
    assert notebook.text("f()") == "42"


def test_streams_results_and_displays_stand_in_their_order(notebook):
    code = "import sys; print('a'); print('b', file=sys.stderr)\ndisplay('c')\n'd'"
    assert sorted(notebook.text(code)) == sorted("a\nb\n'c''d'")
    assert notebook.text("print('a')\nprint('b')\n'c'") == "a\nb\n'c'"


def test_an_error_is_output_and_no_failure(notebook):
    observation = notebook.cell("print('before')\n1 / 0")
    assert observation["success"] is True
    assert observation["content"].startswith("before\n-----")
    assert "ZeroDivisionError: division by zero" in observation["content"]
    assert "\x1b" not in observation["content"]


def test_colours_are_removed(notebook):
    assert notebook.text(r"print('\033[1;31mred\033[0m \033[2Kkept')") == "red \x1b[2Kkept"


def test_pictures_are_beside_the_text(notebook):
    code = (
        "from IPython.display import Image, display\nimport base64\n"
        f"for _ in range(2): display(Image(data=base64.b64decode('{PNG}')))"
    )
    observation = notebook.cell(code)
    assert observation["extras"]["image_urls"] == [f"data:image/png;base64,{PNG}"] * 2
    assert observation["content"].startswith("<IPython.core.display.Image object>")


def test_no_output_of_many_cells_is_lost(notebook):
    texts = [notebook.text(f"print({number})") for number in range(200)]
    assert texts == [str(number) for number in range(200)]


def test_what_programs_of_a_cell_print_is_not_lost(notebook):
    code = "import os; _ = os.system('echo {}; echo e >&2')"
    texts = [notebook.text(code.format(number)) for number in range(50)]
    assert [sorted(text.split()) for text in texts] == [[str(n), "e"] for n in range(50)]


def test_a_large_output_arrives_whole(notebook):
    assert notebook.text("print('x' * 5_000_000)") == "x" * 5_000_000
    assert notebook.text("for n in range(20000): print(n)").split() == [*map(str, range(20000))]


def test_the_kernel_follows_the_shell_and_stays_until_it_moves_again(notebook):
    (notebook.folder / "it's \"new\"").mkdir()
    notebook.shell("cd it*")
    assert notebook.text("import os; print(os.getcwd())") == f"{notebook.folder}/it's \"new\""
    assert notebook.text("os.chdir('/')") == NOTHING
    assert notebook.text("print(os.getcwd())") == "/"
    observation = notebook.cell("print(os.getcwd())")
    assert f"[Jupyter current working directory: {notebook.folder}/it's" in observation["content"]
    notebook.shell("cd ..")
    assert notebook.text("print(os.getcwd())") == str(notebook.folder)


def test_a_cell_that_takes_too_long_is_interrupted_and_its_state_stays(notebook):
    notebook.text("x = 1")
    code = "import threading; print('partial'); threading.Event().wait()"
    assert notebook.text(code, timeout=1.5) == "[Execution timed out (1.5 seconds).]"
    assert notebook.text("x") == "1"


def test_a_cell_that_will_not_stop_costs_the_kernel_its_life(notebook):
    code = (
        "import threading\nwhile True:\n"
        "    try: threading.Event().wait()\n"
        "    except KeyboardInterrupt: pass"
    )
    text = notebook.text(code, timeout=1)
    assert text.startswith("[Execution timed out (1.0 seconds).]\n[The kernel did not stop")
    assert notebook.text("'new'") == "'new'"


def test_a_kernel_that_dies_is_replaced_with_the_state_it_can_have(notebook):
    (notebook.folder / "sub").mkdir()
    notebook.shell("cd sub")
    text = notebook.text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert text == "[The kernel died (SIGSEGV) and was restarted; its variables are lost.]"
    assert notebook.text("import os; print(os.path.basename(os.getcwd()))") == "sub"
    assert notebook.text("callable(open_file)") == "True"


def test_exit_ends_the_kernel_and_a_new_one_says_so(notebook):
    notebook.text("exit()")
    answers = []
    while not any("and was restarted; its variables are lost.]" in text for text in answers):
        answers.append(notebook.text("1"))
    assert notebook.text("2") == "2"


def test_input_is_refused_at_once(notebook):
    assert "StdinNotImplementedError" in notebook.text("input('name? ')")


def test_a_cell_leaves_other_routes_responsive(notebook):
    thread = threading.Thread(
        target=notebook.text, args=("import threading; threading.Event().wait()", 2)
    )
    thread.start()
    assert notebook.server.get("/alive").status == 200
    thread.join()


def test_the_variables_of_a_backend_are_set_by_its_first_cell(notebook):
    first = 'import os\nos.environ["GREETING"] = "gr\\u00fc\\u00df"\n\n'
    assert notebook.text(first) == NOTHING
    assert notebook.text("print(os.environ['GREETING'])") == "grüß"


def test_skills_are_known_to_every_cell(notebook):
    (notebook.folder / "lines.txt").write_text("one\ntwo\n")
    assert notebook.text("open_file('lines.txt')").splitlines() == [
        f"[File: {notebook.folder}/lines.txt (2 lines total)]",
        *("(this is the beginning of the file)", "1|one", "2|two", "(this is the end of the file)"),
    ]
    assert notebook.text("search_file('two')").splitlines()[1] == "Line 2: two"


def test_the_editor_of_a_cell_remembers_what_it_has_changed(notebook):
    path = notebook.folder / "f.txt"
    notebook.text(f"_ = file_editor('create', '{path}', file_text='old')")
    notebook.text(f"_ = file_editor('str_replace', '{path}', old_str='old', new_str='new')")
    assert path.read_text() == "new"
    text = notebook.text(f"print(file_editor('undo_edit', '{path}'))")
    assert "undone successfully" in text and path.read_text() == "old"


def test_without_the_skills_they_are_unknown(start_notebook):
    notebook = start_notebook("jupyter")
    assert "NameError" in notebook.text("open_file")


def test_without_the_plugin_a_cell_fails(start_notebook):
    notebook = start_notebook("agent_skills")
    answer = notebook.act("run_ipython", code="1")
    assert answer.status == 500
    assert answer.json() == {
        "detail": "Internal server error: JupyterRequirement not found. "
        "Unable to run IPython action."
    }


def test_nothing_of_the_kernel_is_left_when_the_server_ends(notebook):
    code = "from ipykernel.connect import get_connection_file; print(get_connection_file())"
    folder = Path(notebook.text(code)).parent
    assert folder.stat().st_mode & 0o777 == 0o700
    notebook.text("import subprocess; _ = subprocess.Popen(['sleep', '1000'])")
    notebook.server.stop()
    assert not folder.exists()
