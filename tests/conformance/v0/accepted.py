"""Where our results differ from the reference's on purpose: a row says why, and what ours answers
in the parts that differ. A difference that no row names fails its step, and so does a row whose
difference is gone."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    reason: str
    ours: dict  # part of the result -> what ours has there


ACCEPTED = {}


def accept(session, names, reason, **ours):
    """One row for each of the steps `names` (separated by blanks) of a session."""
    for name in names.split():
        assert f"{session}.{name}" not in ACCEPTED, f"{session}.{name} has two rows"
        ACCEPTED[f"{session}.{name}"] = Row(reason, ours)


KNOWN = {"hostname": "<host>", "pid": "<pid>", "py_interpreter_path": "<python>"}
KNOWN |= {"username": "root", "working_dir": "<base>/workspace"}


def metadata(values, exit_code, suffix):
    found = {f"extras_metadata_{name}": value for name, value in values.items()}
    return found | {"extras_metadata_exit_code": exit_code, "extras_metadata_suffix": suffix}


def completed(exit_code):
    return f"\n[The command completed with exit code {exit_code}.]"


# --- commands ---

ECHO = """The reference types the text into its terminal, where completion eats tabs and the echo
differs from what was sent; then it stays in the output. Ours is handed over, byte for byte."""
accept("shell", "a_script_with_tabs", ECHO, content="tab\n41")
accept("shell", "a_comment_after", ECHO, content="hi")
accept("shell", "a_trailing_semicolon", ECHO, content="")
accept(
    "shell",
    "find_with_exec",
    ECHO + " No backslash is doubled, and the command is reported as it was sent.",
    content="tree/a.txt",
    extras_command="find tree -name a.txt -exec echo {} \\;",
    message="Command `find tree -name a.txt -exec echo {} \\;` executed with exit code 0.",
)
accept(
    "shell",
    "the_job_is_waited_for",
    "What the shell says of its jobs belongs to the command after which it says so.",
    content="[1]+  Done                    sleep 0.2",
)
accept(
    "shell",
    "only_a_comment",
    "The reference fails on its own parser; a comment is a command that does nothing.",
    **metadata(KNOWN, 0, completed(0)),
    extras_metadata_prefix="",
    extras_command="# nothing",
    extras_error_id="(absent)",
    extras_hidden=False,
    content="",
    message="Command `# nothing` executed with exit code 0.",
    observation="run",
    success=True,
)


def shown(lines):
    text = "\n".join(lines)
    notice = "\n[... Observation truncated due to length ...]\n"
    return text[:15000] + notice + text[-15000:]


accept(
    "shell",
    "lines_beyond_the_history",
    "How many lines the reference keeps depends on when it looks; ours keeps 10,500, the last of "
    "which is the empty one behind the output.",
    content=shown(f"Line {n}" for n in range(39502, 50001)),
    extras_metadata_prefix="[Previous command outputs are truncated. Showing the last 10499 lines "
    "of the output below.]\n",
)
KINDS = """null run run_ipython browse browse_interactive read write edit think finish reject
delegate recall change_agent_state message system condensation condensation_request call_tool_mcp
task_tracking loop_recovery""".split()
accept(
    "shell",
    "an_unknown_action",
    "The kinds are named, without the reference's way of printing a Python object.",
    value=[
        500,
        "application/json",
        "{\"detail\":\"Internal server error: 'action['action']='fly'' is not defined. "
        f"Available actions: {', '.join(repr(kind) for kind in KINDS)}\"}}",
    ],
)
accept(
    "shell",
    "the_shell_ends",
    "The reference never recovers; ours says how the shell ended and starts another.",
    **metadata(
        KNOWN,
        3,
        completed(3)
        + "\n[The shell ended with exit code 3. A new shell takes over in '<base>/workspace'.]",
    ),
    content="exit",
    message="Command `exit 3` executed with exit code 3.",
)

accept(
    "waiting",
    "an_arrow",
    "A key and Enter are typed at once, and the terminal shows both before the program has read.",
    content="^[[A\n$'\\E[A'",
)

# --- files ---

REFUSED = {
    "content": "ERROR_BINARY_FILE",
    "extras_error_id": "",
    "message": "ERROR_BINARY_FILE",
    "observation": "error",
    "raised": "(absent)",
}
accept(
    "files",
    "a_binary_file a_binary_file_is_viewed",
    "The reference's test of binary files needs a name of Python 2 and fails; its backends know "
    "the text that ours answers.",
    **REFUSED,
)
accept(
    "files",
    "inserted_at_the_end",
    "Text inserted behind a last line without its end is a line of its own, not glued to it.",
    content="The file <base>/workspace/noend.txt has been edited. Here's the result of running "
    "`cat -n` on a snippet of the edited file:\n     1\tfirst\n     2\tbetween\n     3\tlast\n"
    "     4\ttail\n     5\t\nReview the changes and make sure they are as expected (correct "
    "indentation, no duplicate lines, etc). Edit the file again if necessary.",
    extras_diff="--- <base>/workspace/noend.txt\n+++ <base>/workspace/noend.txt\n@@ -3,0 +4,2 @@\n"
    "+tail\n+",
)
LATIN = "A file that is not UTF-8 is edited in its own encoding instead of being refused."
accept(
    "files",
    "latin_text_is_edited",
    LATIN,
    content="The file <base>/workspace/latin.txt has been edited. Here's the result of running "
    "`cat -n` on a snippet of <base>/workspace/latin.txt:\n     1\toù à\n     2\t\nReview the "
    "changes and make sure they are as expected. Edit the file again if necessary.",
    extras_diff="--- <base>/workspace/latin.txt\n+++ <base>/workspace/latin.txt\n@@ -1 +1 @@\n"
    "-né à\n+où à",
)
accept("files", "its_bytes", LATIN, content="6f f9 20 e0 0a")

# --- notebooks ---

accept(
    "notebook",
    "a_skill_searches_a_folder",
    "The reference's skill fails at a broken link; ours passes over what cannot be read.",
    content="[Found 2 matches for \"b\" in <base>/workspace/tree]\n"
    "<base>/workspace/tree/b/c.txt (Line 1): b/c.txt\n"
    "<base>/workspace/tree/b/d/e.txt (Line 1): b/d/e.txt\n"
    "[End of matches for \"b\" in <base>/workspace/tree]\n"
    "[Jupyter current working directory: <base>/workspace]\n"
    "[Jupyter Python interpreter: <python>]",
)
accept(
    "notebook",
    "state_after_the_limit",
    "The reference now and then ends a cell before its output has come.",
    content="5\n[Jupyter current working directory: <base>/workspace]\n"
    "[Jupyter Python interpreter: <python>]",
)
