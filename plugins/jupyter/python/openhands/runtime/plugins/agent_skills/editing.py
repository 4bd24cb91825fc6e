"""The editor of the server, run as the kernel's user.

It is a child that is asked line by line and lives as long as this process, so that edits can be
undone in later cells. A child of its own session is out of reach of the interrupt of a cell.
"""

import contextlib
import json
import os
import shutil
import subprocess
import threading
import uuid

PROGRAM = None  # set by the server that starts the kernel
PREFIX = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 7))


def find_program():
    beside = [os.path.join(PREFIX, *name) for name in (("bin", "actiond"), ("actiond",))]
    for path in [PROGRAM, *beside, shutil.which("actiond")]:
        if path and os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    raise FileNotFoundError("the program actiond, which edits files, is not installed")


class Editor:
    def __init__(self):
        self.child = None
        self.asked = 0
        self.lock = threading.Lock()

    def drop(self):
        child, self.child = self.child, None
        for stream in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                stream.close()
        child.kill()
        child.wait()

    def start(self):
        self.child = subprocess.Popen(
            [find_program(), "--editor"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
        )

    def exchange(self, request):
        """The answer, or None when the child is gone."""
        line = json.dumps(request).encode() + b"\n"
        try:
            self.child.stdin.write(line)
            self.child.stdin.flush()
        except BrokenPipeError:
            return None
        for line in self.child.stdout:
            answer = json.loads(line)
            if answer["id"] == request["id"]:  # others belong to a cell that was interrupted
                return answer
        return None

    def ask(self, request):
        with self.lock:
            self.asked += 1
            request["id"] = self.asked
            for _ in range(2):
                if self.child is None:
                    self.start()
                answer = self.exchange(request)
                if answer is not None:
                    return answer
                self.drop()
            raise OSError("the editor has ended without an answer")


EDITOR = Editor()


def is_range(value):
    return isinstance(value, (list, tuple)) and all(type(line) is int for line in value)


def wrap(members):
    """The members as JSON between two marks that no file can hold."""
    mark = f"oh_aci_output_{uuid.uuid4().hex}"
    texts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in members.items()]
    body = ",".join(texts[:-1]) + ", " + texts[-1]
    return f"<{mark}>\n{{{body}}}\n</{mark}>"


def file_editor(
    command,
    path,
    file_text=None,
    view_range=None,
    old_str=None,
    new_str=None,
    insert_line=None,
    enable_linting=False,
):
    """View, create and edit files, and take edits back.

    Args:
        command: view, create, str_replace, insert or undo_edit
        path: an absolute path
        file_text: what a new file shall hold
        view_range: the first and the last line to view; -1 is the last of the file
        old_str: what shall be replaced; it must occur once
        new_str: what shall stand there, or be inserted
        insert_line: the line after which it is inserted
        enable_linting: is accepted, and changes nothing

    Returns the result as JSON between two marks.
    """
    request = {
        "command": command,
        "path": os.fspath(path),
        "file_text": file_text,
        "old_str": old_str,
        "new_str": new_str,
        "insert_line": None if insert_line is None else int(insert_line),
    }
    if is_range(view_range):
        request["view_range"] = list(view_range)
    elif view_range is not None:
        request["bad_view_range"] = str(view_range)
    answer = EDITOR.ask(request)
    text = answer["text"]
    if answer["is_error"]:
        formatted = f"ERROR:\n{text}"
        return wrap({"output": None, "error": text, "formatted_output_and_error": formatted})
    return wrap(
        {
            "output": text,
            "error": None,
            "path": answer["path"],
            "prev_exist": answer["prev_exist"],
            "old_content": answer["old_content"],
            "new_content": answer["new_content"],
            "formatted_output_and_error": text,
        }
    )
