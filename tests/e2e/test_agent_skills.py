"""The skills of an agent (v0-action-execution §6.6): what they print, and the editor behind one."""

import importlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from server import BINARY

PACKAGE = Path(__file__).resolve().parents[2] / "plugins" / "jupyter" / "python"
NAME = "openhands.runtime.plugins.agent_skills.agentskills"
BEGINNING, END = "(this is the beginning of the file)\n", "(this is the end of the file)\n"
MORE = "[Use `scroll_down` to view the next 100 lines of the file!]\n"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.fixture
def skills(monkeypatch, tmp_path):
    """The module as a kernel imports it, new for each test, in a folder of its own."""
    monkeypatch.syspath_prepend(str(PACKAGE))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # of the histories of editors that are killed
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    module = importlib.import_module(NAME)
    editing = sys.modules[NAME.replace("agentskills", "editing")]
    editing.PROGRAM = str(BINARY)
    yield module
    if editing.EDITOR.child is not None:
        editing.EDITOR.child.stdin.close()
        assert editing.EDITOR.child.wait() == 0
        editing.EDITOR.child.stdout.close()
    for name in [name for name in sys.modules if name.split(".")[0] == "openhands"]:
        del sys.modules[name]


@pytest.fixture
def said(capsys):
    return lambda: capsys.readouterr().out


def numbered(path, count):
    path.write_text("".join(f"line {number}\n" for number in range(1, count + 1)))
    return str(path)


def lines(first, last):
    return "".join(f"{number}|line {number}\n" for number in range(first, last + 1))


def test_all_names_are_exported(skills):
    some = {"open_file", "scroll_down", "find_file", "parse_pptx", "file_editor"}
    assert some <= {*skills.__all__}
    assert not hasattr(skills, "parse_image")


def test_a_key_brings_the_skills_that_need_a_model(skills, monkeypatch):
    monkeypatch.setenv("SANDBOX_ENV_OPENAI_API_KEY", "key")
    del sys.modules[NAME]
    assert {"parse_audio", "parse_image", "parse_video"} <= {*importlib.import_module(NAME).__all__}


def test_a_short_file_is_shown_whole(skills, said, tmp_path):
    path = numbered(tmp_path / "f", 3)
    skills.open_file(path)
    assert said() == f"[File: {path} (3 lines total)]\n{BEGINNING}{lines(1, 3)}{END}"


def test_an_empty_file_has_one_line(skills, said, tmp_path):
    (tmp_path / "f").touch()
    skills.open_file("f")
    assert said() == f"[File: {tmp_path}/f (1 lines total)]\n{BEGINNING}1|\n{END}"


WINDOWS = {  # line, size: what is shown of 250 lines
    (1, 100): (1, 100),
    (50, 100): (1, 100),
    (52, 100): (2, 102),
    (120, 100): (70, 170),
    (120, None): (70, 170),
    (120, 0): (70, 170),
    (120, 999): (70, 170),
    (120, 10): (115, 125),
    (120, 1): (119, 121),
    (2, 1): (1, 1),
    (249, 1): (250, 250),
    (201, 100): (151, 250),
    (250, 100): (151, 250),
}


@pytest.mark.parametrize("asked", WINDOWS)
def test_a_window_lies_around_the_line(skills, said, tmp_path, asked):
    path = numbered(tmp_path / "f", 250)
    first, last = WINDOWS[asked]
    skills.open_file(path, *asked)
    above = BEGINNING if first == 1 else f"({first - 1} more lines above)\n"
    below = END if last == 250 else f"({250 - last} more lines below)\n{MORE}"
    expected = f"[File: {path} (250 lines total)]\n{above}{lines(first, last)}{below}"
    assert said() == expected


def test_scrolling_moves_by_a_hundred_lines_and_stops_at_the_ends(skills, said, tmp_path):
    head = f"[File: {numbered(tmp_path / 'f', 250)} (250 lines total)]\n"
    skills.open_file("f")
    said()
    skills.scroll_down()
    assert said() == f"{head}(100 more lines above)\n{lines(101, 201)}(49 more lines below)\n"
    skills.scroll_down()
    assert said() == f"{head}(150 more lines above)\n{lines(151, 250)}{END}"
    skills.scroll_up()
    skills.scroll_up()
    said()
    skills.scroll_up()
    assert said() == f"{head}{BEGINNING}{lines(1, 100)}(150 more lines below)\n"


def test_goto_line_shows_the_line_in_the_middle(skills, said, tmp_path):
    head = f"[File: {numbered(tmp_path / 'f', 250)} (250 lines total)]\n"
    skills.open_file("f")
    said()
    skills.goto_line(125)
    assert said() == f"{head}(74 more lines above)\n{lines(75, 175)}(75 more lines below)\n"


def test_what_is_asked_in_vain_is_an_error(skills, said, tmp_path):
    numbered(tmp_path / "f", 5)
    cases = [
        (lambda: skills.goto_line(1), "No file open. Use the open_file function first."),
        (skills.scroll_up, "No file open. Use the open_file function first."),
        (
            lambda: skills.search_file("x"),
            "No file specified or open. Use the open_file function first.",
        ),
        (lambda: skills.open_file("nowhere"), "File nowhere not found."),
        (lambda: skills.open_file("f", 6), "Line number must be between 1 and 5"),
        (lambda: skills.open_file("f", 0), "Line number must be between 1 and 5"),
        (lambda: skills.goto_line(6), "Line number must be between 1 and 5."),
        (lambda: skills.search_file("x", "nowhere"), "File nowhere not found."),
        (lambda: skills.search_dir("x", "nowhere"), "Directory nowhere not found"),
        (lambda: skills.find_file("x", "nowhere"), "Directory nowhere not found"),
    ]
    for call, text in cases:
        call()
        assert said() == f"ERROR: {text}\n"


def test_a_folder_is_searched_below_and_without_hidden_files(skills, said, tmp_path):
    (tmp_path / "t" / "a").mkdir(parents=True)
    (tmp_path / "t" / "a" / "f").write_text("  a needle\nno\nneedles \n")
    (tmp_path / "t" / ".hidden").write_text("needle\n")
    (tmp_path / "t" / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "t" / "broken").symlink_to("nowhere")
    skills.search_dir("needle", "t")
    assert said() == (
        '[Found 2 matches for "needle" in t]\nt/a/f (Line 1): a needle\nt/a/f (Line 3): needles\n'
        '[End of matches for "needle" in t]\n'
    )
    skills.search_dir("nothing", "t")
    assert said() == 'No matches found for "nothing" in t\n'


def test_too_many_files_are_not_listed(skills, said, tmp_path):
    for number in range(101):
        (tmp_path / str(number)).write_text("same")
    skills.search_dir("same")
    text = 'More than 101 files matched for "same" in ./. Please narrow your search.\n'
    assert said() == text
    (tmp_path / "0").unlink()
    skills.search_dir("same")
    assert said().startswith('[Found 100 matches for "same" in ./]\n')


def test_a_file_is_searched_by_name_or_because_it_is_open(skills, said, tmp_path):
    path = numbered(tmp_path / "f", 11)
    skills.search_file("line 11", "f")
    expected = (
        '[Found 1 matches for "line 11" in {0}]\n'
        "Line 11: line 11\n"
        '[End of matches for "line 11" in {0}]\n'
    )
    assert said() == expected.format("f")
    skills.open_file("f")
    said()
    skills.search_file("line 11")
    assert said() == expected.format(path)
    skills.search_file("nothing")
    assert said() == f'[No matches found for "nothing" in {path}]\n'


def test_files_are_found_by_a_part_of_their_names(skills, said, tmp_path):
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "report.txt").touch()
    skills.find_file("port", "t")
    assert said() == (
        '[Found 1 matches for "port" in t]\nt/report.txt\n[End of matches for "port" in t]\n'
    )
    skills.find_file("nothing", "t")
    assert said() == '[No matches found for "nothing" in t]\n'


def write_archive(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)


def test_word_files_are_read_by_paragraphs(skills, said, tmp_path):
    run = "<w:r><w:t>{}</w:t></w:r>"
    body = (
        f"<w:p>{run.format('First')}{run.format(' one.')}</w:p>"
        f"<w:p>{run.format('Second')}<w:r><w:tab/><w:t>tab</w:t></w:r></w:p>"
        f"<w:tbl><w:tr><w:tc><w:p>{run.format('table')}</w:p></w:tc></w:tr></w:tbl>"
    )
    document = f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    write_archive(tmp_path / "f.docx", {"word/document.xml": document})
    skills.parse_docx("f.docx")
    assert said() == (
        "[Reading DOCX file from f.docx]\n"
        "@@ Page 1 @@\nFirst one.\n\n@@ Page 2 @@\nSecond\ttab\n\n\n"
    )


def slide(*texts):
    shapes = "".join(
        f"<p:sp><p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
        for text in texts
    )
    names = f'xmlns:p="{SLIDE}" xmlns:a="{DRAWING}"'
    return f"<p:sld {names}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"


def test_slides_are_read_in_their_order(skills, said, tmp_path):
    names = f'xmlns:p="{SLIDE}" xmlns:r="{LINKS}"'
    order = '<p:sldId r:id="r2"/><p:sldId r:id="r1"/>'
    members = {
        "ppt/presentation.xml": f"<p:presentation {names}>{order}</p:presentation>",
        "ppt/_rels/presentation.xml.rels": (
            '<Relationships><Relationship Id="r1" Target="slides/a.xml"/>'
            '<Relationship Id="r2" Target="/ppt/slides/b.xml"/></Relationships>'
        ),
        "ppt/slides/a.xml": slide("last"),
        "ppt/slides/b.xml": slide("Title", "text"),
    }
    write_archive(tmp_path / "f.pptx", members)
    skills.parse_pptx("f.pptx")
    assert said() == (
        "[Reading PowerPoint file from f.pptx]\n"
        "@@ Slide 1 @@\nTitle\ntext\n@@ Slide 2 @@\nlast\n"
    )


def test_a_file_that_is_no_powerpoint_file_is_an_error(skills, said, tmp_path):
    (tmp_path / "f.pptx").write_text("text")
    skills.parse_pptx("f.pptx")
    assert said().splitlines()[1].startswith("Error reading PowerPoint file: ")


def unwrap(text):
    found = re.fullmatch(r"<(oh_aci_output_[0-9a-f]{32})>\n(.*)\n</\1>", text, re.DOTALL)
    assert found, text
    return json.loads(found[2])


def test_the_editor_says_what_has_become_of_a_file(skills, tmp_path):
    path = str(tmp_path / "f")
    created = unwrap(skills.file_editor("create", path, file_text="a\nb\n"))
    fields = ["output", "error", "path", "prev_exist", "old_content", "new_content"]
    assert list(created) == [*fields, "formatted_output_and_error"]
    assert created["output"] == f"File created successfully at: {path}"
    assert created["prev_exist"] is False and created["old_content"] is None
    edited = unwrap(skills.file_editor("str_replace", path, old_str="a", new_str=""))
    assert (edited["old_content"], edited["new_content"]) == ("a\nb\n", "\nb\n")
    assert edited["formatted_output_and_error"] == edited["output"]
    undone = unwrap(skills.file_editor("undo_edit", path))
    assert undone["new_content"] == Path(path).read_text() == "a\nb\n"


def test_a_refused_edit_has_three_fields(skills):
    refused = unwrap(skills.file_editor("view", "/nowhere/at/all"))
    text = (
        "Invalid `path` parameter: /nowhere/at/all. The path /nowhere/at/all does not exist. "
        "Please provide a valid path."
    )
    assert refused == {
        "output": None,
        "error": text,
        "formatted_output_and_error": f"ERROR:\n{text}",
    }


def test_a_wrong_range_is_named_as_it_was_given(skills, tmp_path):
    path = numbered(tmp_path / "f", 2)
    for given, shown in (("x", "x"), ([5, 1], "[5, 1]"), ([1, "2"], "[1, '2']"), ([1], "[1]")):
        refused = unwrap(skills.file_editor("view", path, view_range=given))
        assert refused["error"].startswith(f"Invalid `view_range` parameter: {shown}. It"), refused


def test_an_editor_that_was_ended_is_started_again(skills, tmp_path):
    path = numbered(tmp_path / "f", 2)
    editor = sys.modules[NAME.replace("agentskills", "editing")].EDITOR
    skills.file_editor("view", path)
    first = editor.child
    first.kill()
    first.wait()
    assert unwrap(skills.file_editor("view", path))["error"] is None
    assert editor.child is not first


def test_an_answer_that_nobody_has_taken_is_not_taken_for_the_next(skills, tmp_path):
    path = numbered(tmp_path / "f", 2)
    editor = sys.modules[NAME.replace("agentskills", "editing")].EDITOR
    skills.file_editor("view", path)
    editor.child.stdin.write(b'{"id": 99, "command": "view", "path": "/nowhere"}\n')
    assert unwrap(skills.file_editor("view", path))["error"] is None


def edit(*requests):
    text = "".join(f"{request}\n" for request in requests)
    done = subprocess.run([str(BINARY), "--editor"], input=text, capture_output=True, text=True)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_the_editor_service_answers_each_line_and_ends_with_its_input(tmp_path):
    (tmp_path / "f").write_text("a\n")
    view = {"command": "view", "path": str(tmp_path / "f")}
    seven, eight = (json.dumps(view | {"id": id}) for id in (7, 8))
    code, answers = edit(seven, "no json", "[]", eight)
    assert code == 0
    assert [answer["id"] for answer in answers] == [7, 8]
    assert not any(answer["is_error"] for answer in answers)


def test_the_editor_service_needs_streams_it_can_wait_for():
    done = subprocess.run(
        [str(BINARY), "--editor"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("actiond --editor: ")
