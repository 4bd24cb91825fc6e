"""Files through POST /execute_action (v0-action-execution §5): read, write, and the editor, whose
texts are those that models were trained on and whose files keep every byte they did not change."""

import os
import stat
import zipfile

import pytest

MODULE = "openhands.runtime.action_execution_server"
EDITED = (
    "The file {0} has been edited. "
    "Here's the result of running `cat -n` on a snippet of {0}:\n"
)
INSERTED = (
    "The file {0} has been edited. "
    "Here's the result of running `cat -n` on a snippet of the edited file:\n"
)
REVIEW = (
    "Review the changes and make sure they are as expected. Edit the file again if necessary."
)
REVIEW_INSERT = (
    "Review the changes and make sure they are as expected (correct indentation, no duplicate "
    "lines, etc). Edit the file again if necessary."
)
VIEWED = "Here's the result of running `cat -n` on {}:\n"
ALLOWED = "It should be within the range of allowed values: [0, 3]"
CLIPPED = (
    "<response clipped><NOTE>Due to the max output limit, only part of this file has been shown "
    "to you. You should retry this tool after you have searched inside the file with `grep -n` in "
    "order to find the line numbers of what you are looking for.</NOTE>"
)


class Files:
    def __init__(self, server, folder):
        self.server = server
        self.folder = folder

    def act(self, action, **args):
        answer = self.server.post("/execute_action", {"action": {"action": action, "args": args}})
        assert answer.status == 200, answer
        return answer.json()

    def edit(self, command, path, **args):
        observation = self.act("edit", command=command, path=str(path), **args)
        assert observation["observation"] == "edit", observation
        return observation["content"]

    def view(self, path, *view_range):
        """As backends ask for it: a range of lines is an argument of a read."""
        return self.act("read", path=str(path), impl_source="oh_aci", view_range=view_range)[
            "content"
        ]

    def make(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


@pytest.fixture
def files(start, tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    server = start(
        *("-u", "-m", MODULE, "0", "--working-dir", str(folder), "--username", "tester"),
        *("--user-id", str(os.getuid()), "--no-enable-browser"),
        env={"USER": "tester"},
        key=None,
    )
    server.log.wait_for(lambda line: " v0.alive " in line)
    return Files(server, folder)


def numbered(*lines, first=1):
    return "".join(f"{number:6}\t{line}\n" for number, line in enumerate(lines, first))


def refused(text):
    return f"ERROR:\n{text}"


# View


def test_a_view_numbers_the_lines_and_the_empty_one_behind(files):
    path = files.make("f", "one\ntwo\n")
    assert files.edit("view", path) == VIEWED.format(path) + numbered("one", "two", "")


def test_a_view_of_some_lines_has_their_numbers(files):
    path = files.make("f", "".join(f"line {i}\n" for i in range(1, 9)))
    shown = files.view(path, 3, 4)
    assert shown == VIEWED.format(path) + numbered("line 3", "line 4", first=3)
    shown = files.view(path, 7, -1)
    assert shown == VIEWED.format(path) + numbered("line 7", "line 8", first=7)


def test_a_view_beyond_the_end_says_so(files):
    path = files.make("f", "1\n2\n3\n")
    note = "NOTE: We only show up to 3 since there're only 3 lines in this file.\n"
    shown = files.view(path, 2, 9)
    assert shown == note + VIEWED.format(path) + numbered("2", "3", first=2)


@pytest.mark.parametrize(
    "view_range, reason",
    [
        ([1], "It should be a list of two integers."),
        (
            [0, 2],
            "Its first element `0` should be within the range of lines of the file: [1, 3].",
        ),
        (
            [4, 5],
            "Its first element `4` should be within the range of lines of the file: [1, 3].",
        ),
        (
            [3, 2],
            "Its second element `2` should be greater than or equal to the first element `3`.",
        ),
    ],
)
def test_a_range_that_is_none_is_refused(files, view_range, reason):
    path = files.make("f", "1\n2\n3\n")
    text = files.view(path, *view_range)
    assert text == refused(f"Invalid `view_range` parameter: {view_range}. {reason}")


def test_a_directory_is_listed_two_levels_deep_without_what_is_hidden(files):
    root = files.folder / "tree"
    (root / "b c" / "deep" / "deeper").mkdir(parents=True)
    (root / "b c" / ".hid").touch()
    (root / "a").touch()
    (root / ".git").mkdir()
    (root / ".env").touch()
    lines = [f"{root}/", f"{root}/a", f"{root}/b c/", f"{root}/b c/deep/"]
    assert files.edit("view", root) == (
        f"Here's the files and directories up to 2 levels deep in {root}, excluding hidden items:\n"
        + "\n".join(lines)
        + "\n\n2 hidden files/directories in this directory are excluded. You can use "
        f"'ls -la {root}' to see them."
    )


def test_a_long_view_is_clipped_before_it_is_numbered(files):
    path = files.make("f", "x" * 20000)
    expected = VIEWED.format(path) + numbered("x" * 16000 + CLIPPED)
    assert files.edit("view", path) == expected


# Changes


def test_a_replacement_shows_the_lines_around_it(files):
    path = files.make("f", "".join(f"{i}\n" for i in range(1, 21)))
    shown = files.edit("str_replace", path, old_str="10\n", new_str="ten\nand\n")
    around = ["7", "8", "9", "ten", "and", "11", "12", "13", "14", "15", ""]
    assert shown == EDITED.format(path) + numbered(*around, first=7) + REVIEW
    assert path.read_text().splitlines()[9:11] == ["ten", "and"]


def test_the_observation_of_an_edit_has_its_difference(files):
    path = files.make("f", "l1\nl2\nl3\n")
    observation = files.act(
        "edit", command="str_replace", path=str(path), old_str="l2", new_str="X2"
    )
    assert observation["extras"]["diff"] == f"--- {path}\n+++ {path}\n@@ -2 +2 @@\n-l2\n+X2"
    assert observation["extras"]["old_content"] == "l2"
    assert observation["extras"]["new_content"] == "X2"
    assert observation["extras"]["prev_exist"] is False


@pytest.mark.parametrize(
    "content, old, new, reason",
    [
        (
            "a\na\nb a\n",
            "a",
            "c",
            "No replacement was performed. Multiple occurrences of old_str `a` in lines "
            "[1, 2, 3]. Please ensure it is unique.",
        ),
        (
            "a\n",
            "zz",
            "c",
            "No replacement was performed, old_str `zz` did not appear verbatim in {path}.",
        ),
        (
            "a\n",
            "a",
            "a",
            "Invalid `new_str` parameter: a. No replacement was performed. `new_str` and "
            "`old_str` must be different.",
        ),
        ("a\n", None, "b", "Parameter `old_str` is required for command: str_replace."),
    ],
)
def test_a_replacement_that_cannot_be_made_changes_nothing(files, content, old, new, reason):
    path = files.make("f", content)
    text = files.edit("str_replace", path, old_str=old, new_str=new)
    assert text == refused(reason.format(path=path))
    assert path.read_text() == content


def test_a_text_is_found_without_the_space_around_it(files):
    path = files.make("f", "alpha\nbeta\n")
    files.edit("str_replace", path, old_str="  beta \n", new_str=" gamma ")
    assert path.read_text() == "alpha\ngamma\n"


def test_an_insertion_goes_behind_its_line(files):
    path = files.make("f", "1\n2\n3\n")
    shown = files.edit("insert", path, insert_line=1, new_str="new\nlines")
    around = ["1", "new", "lines", "2", "3", ""]
    assert shown == INSERTED.format(path) + numbered(*around) + REVIEW_INSERT
    assert path.read_text() == "1\nnew\nlines\n2\n3\n"
    files.edit("insert", path, insert_line="0", new_str="top")
    assert path.read_text().startswith("top\n1\n")


@pytest.mark.parametrize(
    "line, reason",
    [
        (4, "Invalid `insert_line` parameter: 4. " + ALLOWED),
        (-1, "Invalid `insert_line` parameter: -1. " + ALLOWED),
        ("x", "Invalid insert_line value: 'x'. Expected an integer."),
        (None, "Parameter `insert_line` is required for command: insert."),
    ],
)
def test_a_line_that_is_not_there_is_refused(files, line, reason):
    path = files.make("f", "1\n2\n3\n")
    assert files.edit("insert", path, insert_line=line, new_str="n") == refused(reason)


def test_a_file_is_created_as_it_was_sent_and_never_replaced(files):
    path = files.folder / "new"
    shown = files.edit("create", path, file_text="no newline")
    assert shown == f"File created successfully at: {path}"
    assert path.read_bytes() == b"no newline"
    assert files.edit("create", path, file_text="other") == refused(
        f"Invalid `path` parameter: {path}. File already exists at: {path}. "
        "Cannot overwrite files using command `create`."
    )
    assert path.read_bytes() == b"no newline"


def test_edits_are_undone_one_by_one_ten_at_most(files):
    path = files.make("f", "v0\n")
    for i in range(11):
        files.edit("str_replace", path, old_str=f"v{i}", new_str=f"v{i + 1}")
    for i in range(10, 0, -1):
        shown = files.edit("undo_edit", path)
        assert shown == (
            f"Last edit to {path} undone successfully. "
            + VIEWED.format(path)
            + numbered(f"v{i}", "")
        )
    assert path.read_text() == "v1\n"
    assert files.edit("undo_edit", path) == refused(f"No edit history found for {path}.")


def test_a_file_keeps_its_mode_and_stays_the_same_link(files):
    path = files.make("f", "one\n")
    path.chmod(0o751)
    link = files.folder / "link"
    link.symlink_to(path)
    files.edit("str_replace", link, old_str="one", new_str="two")
    files.edit("insert", path, insert_line=0, new_str="top")
    assert path.read_text() == "top\ntwo\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o751
    assert link.is_symlink()


# Paths and commands


@pytest.mark.parametrize(
    "command, name, reason",
    [
        (
            "view",
            "missing",
            "Invalid `path` parameter: {path}. The path {path} does not exist. "
            "Please provide a valid path.",
        ),
        (
            "undo_edit",
            "folder",
            "Invalid `path` parameter: {path}. The path {path} is a directory and only the "
            "`view` command can be used on directories.",
        ),
        (
            "destroy",
            "file",
            "Unrecognized command destroy. The allowed commands for the oh_editor tool are: "
            "view, create, str_replace, insert, undo_edit",
        ),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(files, command, name, reason):
    (files.folder / "folder").mkdir()
    files.make("file", "x\n")
    path = files.folder / name
    assert files.edit(command, path) == refused(reason.format(path=path))


def test_a_relative_path_is_refused_with_a_hint(files):
    path = files.make("file", "x\n")
    assert files.edit("view", "file") == refused(
        "Invalid `path` parameter: file. The path should be an absolute path, starting with `/`. "
        f"Maybe you meant {path}?"
    )


# Bytes


def test_the_ends_of_lines_stay_as_they_are(files):
    path = files.make("f", b"one\r\ntwo\r\nthree\r\n")
    shown = files.edit("str_replace", path, old_str="two", new_str="2\nand more")
    assert "\r" not in shown
    assert path.read_bytes() == b"one\r\n2\r\nand more\r\nthree\r\n"
    files.edit("undo_edit", path)
    assert path.read_bytes() == b"one\r\ntwo\r\nthree\r\n"


def test_a_mixture_of_line_ends_stays_one(files):
    path = files.make("f", b"a\r\nb\nc\rd\r\n")
    files.edit("str_replace", path, old_str="b", new_str="B")
    assert path.read_bytes() == b"a\r\nB\nc\rd\r\n"


RUSSIAN = "Привет, мир! Это обычный русский текст в старой кодировке.\nВторая строка.\n"
FRENCH = "Le café était fermé à midi.\nLes élèves déçus sont rentrés à l'école.\n"
JAPANESE = "これは日本語のテキストです。\n文字コードを保持します。\n"
CHINESE = "这是一个用旧编码写的中文文本文件。\n第二行也是中文。\n"


@pytest.mark.parametrize(
    "encoding, text",
    [
        ("utf-8", RUSSIAN),
        ("utf-8-sig", FRENCH),
        ("utf-16", JAPANESE),
        ("cp1251", RUSSIAN),
        ("koi8-r", RUSSIAN),
        ("cp1252", FRENCH),
        ("shift_jis", JAPANESE),
        ("euc-jp", JAPANESE),
        ("gb18030", CHINESE),
    ],
)
def test_a_file_keeps_its_encoding(files, encoding, text):
    path = files.make("f", text.encode(encoding))
    word = text.splitlines()[1][:4]
    shown = files.edit("str_replace", path, old_str=word, new_str="ascii")
    assert path.read_bytes() == text.replace(word, "ascii", 1).encode(encoding), shown
    assert text.splitlines()[0] in shown


def test_bytes_of_no_encoding_are_refused_and_left_alone(files):
    content = bytes(range(256)) * 8
    path = files.make("f", content)
    reason = (
        f"File validation failed for {path}: File appears to be binary and this file type cannot "
        "be read or edited by this tool."
    )
    assert files.edit("view", path) == refused(reason)
    assert files.edit("str_replace", path, old_str="a", new_str="b") == refused(reason)
    assert path.read_bytes() == content


def test_a_file_beyond_ten_megabytes_is_refused(files):
    path = files.make("f", b"x\n" * (6 << 20))
    assert files.edit("view", path) == refused(
        f"File validation failed for {path}: File is too large (12.0MB). "
        "Maximum allowed size is 10MB."
    )


def test_a_file_below_ten_megabytes_is_edited(files):
    path = files.make("f", b"a line of text\n" * (9 << 16) + b"the end\n")
    shown = files.edit("str_replace", path, old_str="the end", new_str="over")
    assert "over" in shown
    assert path.read_bytes().endswith(b"a line of text\nover\n")


def test_a_word_document_is_shown_and_not_edited(files):
    path = files.folder / "letter.docx"
    body = (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:body><w:p><w:r><w:t>Dear reader</w:t></w:r></w:p></w:body></w:document>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", body)
    assert files.edit("view", path) == (
        f"Here's the content of the file {path} displayed in Markdown format:\nDear reader\n"
    )
    assert files.edit("insert", path, insert_line=0, new_str="x") == refused(
        f"Invalid `path` parameter: {path}. The path {path} points to a binary file (.docx) and "
        "only the `view` command can be used on supported binary files."
    )


# Read and write


def test_a_read_gives_the_text_or_some_of_its_lines(files):
    path = files.make("f", "1\n2\n3\n4\n")
    observation = files.act("read", path=str(path))
    assert (observation["observation"], observation["content"]) == ("read", "1\n2\n3\n4\n")
    assert files.act("read", path=str(path), start=1, end=3)["content"] == "2\n3\n"
    assert files.act("read", path=str(path), start=2)["content"] == "3\n4\n"


def test_relative_paths_follow_the_shell(files):
    (files.folder / "sub").mkdir()
    files.act("run", command="cd sub")
    assert files.act("write", path="f", content="x")["content"] == ""
    assert (files.folder / "sub" / "f").read_text() == "x\n"
    assert files.act("read", path="f")["extras"]["path"] == str(files.folder / "sub" / "f")


def test_what_cannot_be_read_is_an_error(files):
    (files.folder / "d").mkdir()
    files.make("latin", b"caf\xe9 au lait, tr\xe8s bien\n")
    missing = files.folder / "missing"
    for path, content in (
        (
            missing,
            f"File not found: {missing}. Your current working directory is {files.folder}.",
        ),
        (
            files.folder / "d",
            f"Path is a directory: {files.folder / 'd'}. You can only read files",
        ),
        (
            files.folder / "latin",
            f"File could not be decoded as utf-8: {files.folder / 'latin'}.",
        ),
    ):
        observation = files.act("read", path=str(path))
        assert (observation["observation"], observation["content"]) == ("error", content)


def test_a_binary_is_not_read_and_a_picture_is(files):
    binary = files.make("blob", bytes(range(256)))
    assert files.act("read", path=str(binary))["content"] == "ERROR_BINARY_FILE"
    picture = files.make("p.png", b"\x89PNG\r\n\x1a\n" + bytes(64))
    content = files.act("read", path=str(picture))["content"]
    assert content.startswith("data:image/png;base64,iVBORw0KGgo")


def test_a_read_by_the_editor_is_a_read_even_when_it_fails(files):
    path = files.make("f", "1\n2\n3\n")
    observation = files.act("read", path=str(path), impl_source="oh_aci", view_range=[2, 2])
    assert observation["content"] == VIEWED.format(path) + numbered("2", first=2)
    observation = files.act("read", path="relative", impl_source="oh_aci")
    assert observation["observation"] == "read"
    assert observation["content"].startswith("ERROR:\nInvalid `path` parameter: relative.")


def test_a_write_replaces_lines_and_keeps_the_mode(files):
    path = files.make("f", "1\n2\n3\n4\n")
    path.chmod(0o640)
    files.act("write", path=str(path), content="two\nthree", start=1, end=3)
    assert path.read_text() == "1\ntwo\nthree\n4\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    files.act("write", path=str(path), content="all")
    assert path.read_text() == "all\n"


def test_a_new_file_gets_its_folders_and_its_owner(files):
    path = files.folder / "a" / "b" / "f"
    assert files.act("write", path=str(path), content="x\n")["observation"] == "write"
    assert path.read_text() == "x\n\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o664
    assert path.stat().st_uid == os.getuid()
