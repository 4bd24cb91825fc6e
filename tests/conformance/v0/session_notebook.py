"""Cells, skills, and what the two kinds of state have to do with each other."""

from steps import Session, cell, run

PICTURE = """from IPython.display import Image, display
import base64
display(Image(data=base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQAB"
    "pfZFQAAAAABJRU5ErkJggg=="
)))"""

NOTEBOOK = Session(
    name="notebook",
    plugins=("agent_skills", "jupyter"),
    steps=(
        cell("a_print", "print('hello')"),
        cell("a_value", "6 * 7"),
        cell("no_output", "x = 5"),
        cell("state_is_kept", "print(x)"),
        cell("several_prints", "print('a')\nprint('b')"),
        cell("a_print_and_a_value", "print('p')\n'v'"),
        cell("standard_error", "import sys; print('err', file=sys.stderr)"),
        cell("an_error", "1 / 0"),
        cell("an_unknown_name", "undefined_name"),
        cell("a_syntax_error", "def f(:"),
        cell("a_picture", PICTURE),
        cell("without_the_extra_lines", "print('bare')", include_extra=False),
        cell("a_shell_line", "!echo from shell"),
        cell("a_magic", "%pwd"),
        cell("too_long", "import signal; signal.pause()", timeout=2.0),
        cell("state_after_the_limit", "print(x)"),
        cell("colours_are_dropped", "print('\\033[31mred\\033[0m')"),
        cell("many_lines", "for i in range(300): print(i)"),
        cell("unicode_text", "print('Grüße 🎉')"),
        run("the_shell_moves", "cd tree"),
        cell("the_kernel_follows", "import os; print(os.path.basename(os.getcwd()))"),
        cell("the_kernel_moves", "os.chdir('/'); print(os.getcwd())"),
        cell("and_stays", "print(os.getcwd())"),
        run("the_shell_moves_back", "cd .."),
        cell("a_skill_opens_a_file", "open_file('@folder@/lines.txt')"),
        cell("a_skill_goes_to_a_line", "goto_line(20)"),
        cell("a_skill_scrolls", "scroll_down()"),
        cell("a_skill_scrolls_up", "scroll_up()"),
        cell("a_skill_searches_a_file", "search_file('line 7')"),
        cell("a_skill_searches_a_folder", "search_dir('b', '@folder@/tree')"),
        cell("a_skill_finds_a_file", "find_file('c.txt', '@folder@/tree')"),
        cell("a_skill_without_a_file", "open_file('@folder@/nowhere.txt')"),
        cell("a_skill_with_a_wrong_line", "open_file('@folder@/lines.txt', 99)"),
        cell("a_skill_edits", "print(file_editor('view', '@folder@/noend.txt'))"),
        cell("an_exception_of_its_own", "raise ValueError('mine')"),
        cell("nested_calls_in_the_trace", "def g():\n    raise KeyError('k')\ng()"),
        cell("a_warning", "import warnings; warnings.warn('careful')"),
        cell("display_of_text", "from IPython.display import display; display('shown')"),
        cell("an_updating_line", "print('1\\r2\\r3')"),
        cell("exit_is_bounded", "print('last')"),
    ),
)
