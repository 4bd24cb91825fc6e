"""Each lint over tiny trees: what it must find, and what it must leave alone."""

import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import lint_format
import lint_headers_alone
import lint_layers
import lint_modules
import lint_sizes
import lint_third_party
import lint_words
from tree import Report, Tree

PRESETS = """{"configurePresets": [{"name": "base",
    "cacheVariables": {"CMAKE_C_FLAGS_INIT": "-std=gnu17 -Wall -Wpedantic -Wstrict-prototypes"}
}]}"""
COMMENT = "/*\n * One\n * Two\n */\n"


def header(guard, body="", comment=COMMENT):
    return f"#ifndef {guard}\n#define {guard}\n\n{comment}{body}\n#endif\n"


def function(lines):
    """A C function of that many lines, braces included."""
    return "void f(void)\n{\n" + "    ;\n" * (lines - 2) + "}\n"


class LintTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = folder.name

    def write(self, file, text):
        path = os.path.join(self.top, file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)

    def found(self, lint):
        """What the lint says about the tree, as `file:line`."""
        report = Report()
        lint.check(Tree(self.top), report)
        return [f"{file}:{line}" for file, line, _, _ in sorted(report.violations)]

    def assert_found(self, lint, *places):
        self.assertEqual(self.found(lint), list(places))


class TreeTest(LintTest):
    def test_files_that_git_ignores_are_left_out(self):
        subprocess.run(["git", "init", "-q", self.top], check=True)
        self.write(".gitignore", "/build/\n")
        self.write("build/a.c", "")
        self.write("server/b.c", "")
        self.assertEqual(Tree(self.top).files, [".gitignore", "server/b.c"])

    def test_without_git_all_files_count_but_builds(self):
        self.write("build/a.c", "")
        self.write("server/b.c", "")
        self.assertEqual(Tree(self.top).files, ["server/b.c"])

    def test_a_violation_is_one_line_that_says_what_to_do(self):
        report, stream = Report(), io.StringIO()
        report.add("a.c", 3, "calls atoi", "use str")
        report.print(stream)
        self.assertEqual(stream.getvalue(), "a.c:3: calls atoi; use str\n")

    def test_a_lint_with_violations_ends_with_one_and_without_with_zero(self):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lint_words.py")
        command = [sys.executable, "-B", script, self.top]
        self.assertEqual(subprocess.run(command, check=False).returncode, 0)
        self.write("server/a.c", "int f(void) { return atoi(0); }\n")
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stdout.startswith("server/a.c:1: calls atoi; "))


class LayersTest(LintTest):
    def setUp(self):
        super().setUp()
        for file in ("base/str", "loop/loop", "http/http", "auth/auth", "app"):
            self.write(f"server/{file}.h", "")
        self.write("actions/git.h", "")
        self.write("api/v1/git.h", "")

    def include(self, file, included):
        self.write(file, f'#include "{included}"\n')

    def test_a_folder_includes_from_itself_and_below(self):
        self.include("server/loop/loop.c", "server/loop/loop.h")
        self.include("server/http/a.c", "server/loop/loop.h")
        self.include("actions/a.c", "server/auth/auth.h")
        self.include("api/v1/a.c", "actions/git.h")
        self.include("api/v1/b.c", "server/http/http.h")
        self.include("server/app.c", "api/v1/git.h")
        self.assert_found(lint_layers)

    def test_a_folder_above_is_found(self):
        self.include("server/base/a.c", "server/loop/loop.h")
        self.include("server/loop/a.h", "server/app.h")
        self.include("actions/a.c", "api/v1/git.h")
        self.assert_found(lint_layers, "actions/a.c:1", "server/base/a.c:1", "server/loop/a.h:1")

    def test_a_sibling_is_found(self):
        self.include("server/http/a.c", "server/auth/auth.h")
        self.include("pty/a.c", "server/http/http.h")
        self.assert_found(lint_layers, "pty/a.c:1", "server/http/a.c:1")

    def test_actions_never_see_http(self):
        self.include("actions/a.c", "server/http/http.h")
        self.assert_found(lint_layers, "actions/a.c:1")

    def test_a_path_that_is_not_from_the_top_is_found(self):
        self.include("server/loop/a.c", "loop.h")
        self.assert_found(lint_layers, "server/loop/a.c:1")

    def test_our_header_in_angle_brackets_is_found(self):
        self.write("server/base/a.c", "#include <server/loop/loop.h>\n")
        self.assert_found(lint_layers, "server/base/a.c:1")

    def test_the_program_including_from_tests_is_found(self):
        self.write("tests/support/test.h", "")
        self.include("server/app.c", "tests/support/test.h")
        self.assert_found(lint_layers, "server/app.c:1")

    def test_a_folder_without_a_layer_is_found(self):
        self.write("helpers/a.c", "")
        self.assert_found(lint_layers, "helpers/a.c:1")


@unittest.skipIf(shutil.which(os.environ.get("CC", "gcc")) is None, "no compiler")
class HeadersAloneTest(LintTest):
    def setUp(self):
        super().setUp()
        self.write("CMakePresets.json", PRESETS)

    def test_a_header_with_all_it_needs_passes(self):
        self.write("server/a.h", header("A_H", "#include <stddef.h>\nsize_t a(void);\n"))
        self.assert_found(lint_headers_alone)

    def test_a_missing_include_is_found_at_its_line(self):
        self.write("server/a.h", "#ifndef A_H\n#define A_H\n\nsize_t a(void);\n#endif\n")
        self.assert_found(lint_headers_alone, "server/a.h:4")

    def test_a_header_without_guard_is_found(self):
        self.write("server/a.h", "struct a {\n    int b;\n};\n")
        self.assert_found(lint_headers_alone, "server/a.h:1")

    def test_a_warning_of_the_preset_is_found(self):
        self.write("server/a.h", "int a();\n")
        self.assert_found(lint_headers_alone, "server/a.h:1")


class ThirdPartyTest(LintTest):
    def test_headers_of_the_system_are_free(self):
        self.write("server/a.c", "#include <stdio.h>\n#include <sys/stat.h>\n")
        self.assert_found(lint_third_party)

    def test_libuv_stays_in_its_two_folders(self):
        self.write("server/loop/a.c", "#include <uv.h>\n")
        self.write("server/http/a.c", "#include <uv.h>\n")
        self.assert_found(lint_third_party)
        self.write("actions/a.c", "#include <uv.h>\n")
        self.assert_found(lint_third_party, "actions/a.c:1")

    def test_a_module_may_share_a_library_with_its_own_header_only(self):
        self.write("server/base/json.h", "#include <jansson.h>\n")
        self.write("server/base/json.c", "#include <jansson.h>\n")
        self.assert_found(lint_third_party)
        self.write("actions/b.c", "\n#include <jansson.h>\n")
        self.assert_found(lint_third_party, "actions/b.c:2", "server/base/json.c:1")

    def test_headers_of_one_library_count_as_one(self):
        self.write("actions/a.c", "#include <archive.h>\n#include <archive_entry.h>\n")
        self.assert_found(lint_third_party)
        self.write("actions/b.c", "#include <archive_entry.h>\n")
        self.assert_found(lint_third_party, "actions/a.c:1", "actions/b.c:1")

    def test_a_library_nobody_placed_is_found(self):
        self.write("server/a.c", "#include <sqlite3.h>\n")
        self.assert_found(lint_third_party, "server/a.c:1")

    def test_tests_use_what_they_like(self):
        self.write("tests/unit/loop/a_test.c", "#include <uv.h>\n#include <cmocka.h>\n")
        self.assert_found(lint_third_party)


class WordsTest(LintTest):
    def test_bytes_that_are_no_text_are_left_alone(self):
        with open(os.path.join(self.top, "a.bin"), "wb") as stream:
            stream.write(b"TODO\0\xff")
        self.assert_found(lint_words)

    def test_an_unsafe_function_is_found_in_code_only(self):
        self.write("server/a.c", '/* strcpy(a) */\nconst char *a = "sleep(1)";\nx = atoi (b);\n')
        self.assert_found(lint_words, "server/a.c:3")

    def test_a_longer_name_is_another_function(self):
        self.write("server/a.c", "x = snprintf(b);\nlocaltime_r(c);\nis_asleep(d);\n")
        self.assert_found(lint_words)

    def test_a_sleeping_test_is_found(self):
        self.write("tests/e2e/a.py", "import time\ntime.sleep(1)\n")
        self.write("tests/e2e/b", "#!/usr/bin/env bash\nwhile true; do\n    sleep 1\ndone\n")
        self.write("tests/unit/x/c_test.c", "usleep(1);\n")
        places = ["tests/e2e/a.py:2", "tests/e2e/b:3", "tests/unit/x/c_test.c:1"]
        self.assert_found(lint_words, *places)

    def test_benchmarks_and_commands_under_test_may_sleep(self):
        self.write("tests/bench/a.py", "time.sleep(1)\n")
        self.write("tests/e2e/b.py", 'run("sleep 1")\n')
        self.assert_found(lint_words)

    def test_a_loose_end_needs_the_number_of_its_issue(self):
        self.write("docs/a.md", "TODO\nTODO(#12): more\nFIXME\nmktemp a.XXXXXX\n")
        self.assert_found(lint_words, "docs/a.md:1", "docs/a.md:3")

    def test_an_unfinished_part_is_found_but_not_the_status(self):
        self.write("server/a.c", '"Not implemented yet"\n{501, "Not Implemented"}\n')
        self.assert_found(lint_words, "server/a.c:1")

    def test_a_path_of_one_machine_is_found(self):
        work = "/" + "work/x"  # apart, because it must not stand in the tree
        self.write("a.md", f"/root/x\nin /home/me\n{work}\n")
        self.assert_found(lint_words, "a.md:1", "a.md:2", "a.md:3")

    def test_paths_of_the_image_and_routes_are_fine(self):
        self.write("a.md", "/workspace/a\n/home/openhands/a\n/api/file/home/x\n$top/other/a\n")
        self.assert_found(lint_words)

    def test_a_magic_given_twice_is_found(self):
        self.write("server/a.c", "#define MAGIC_A 0x01u\n")
        self.write("server/b.c", "#define MAGIC_B 0x02u\n\n#define MAGIC_C 0x1u\n")
        self.assert_found(lint_words, "server/b.c:3")

    def test_goto_forward_to_out_passes(self):
        self.write("server/a.c", "void f(void)\n{\n    goto out;\nout:\n    return;\n}\n")
        self.assert_found(lint_words)

    def test_goto_back_or_elsewhere_is_found(self):
        self.write("server/a.c", "void f(void)\n{\nout:\n    goto out;\n}\n")
        self.write("server/b.c", "void f(void)\n{\n    goto fail;\nfail:\n    return;\n}\n")
        self.assert_found(lint_words, "server/a.c:4", "server/b.c:3")


class SizesTest(LintTest):
    def test_everything_at_its_limit_passes(self):
        self.write("server/a.c", function(70) + "\n" * (800 - 71))
        self.write("server/a.h", "\n" * 150)
        self.write("server/b.c", "x" * 100 + "\n")
        self.write("tests/a.py", "é" * 100 + "\n")
        self.assert_found(lint_sizes)

    def test_a_long_function_is_found(self):
        self.write("server/a.c", function(71))
        self.write("tests/b.py", "def f():\n" + "    pass\n" * 70)
        self.assert_found(lint_sizes, "server/a.c:2", "tests/b.py:1")

    def test_braces_in_strings_and_tables_are_no_functions(self):
        self.write("server/a.c", "int t[] = {\n" + "    1,\n" * 80 + "};\n" + 'x = "\n{\n";\n')
        self.assert_found(lint_sizes)

    def test_a_long_file_is_found(self):
        self.write("server/a.c", "\n" * 801)
        self.write("server/a.h", "\n" * 151)
        self.assert_found(lint_sizes, "server/a.c:801", "server/a.h:151")

    def test_a_long_line_is_found_in_c_and_python(self):
        self.write("server/a.c", "\n" + "x" * 101 + "\n")
        self.write("tests/run", "#!/usr/bin/env python3\n#" + "x" * 100 + "\n")
        self.write("README.md", "x" * 101 + "\n")
        self.assert_found(lint_sizes, "server/a.c:2", "tests/run:2")


class FormatTest(LintTest):
    def setUp(self):
        super().setUp()
        self.write(".clang-format", "BasedOnStyle: LLVM\nIndentWidth: 4\n")
        self.write("server/a.c", "int a;\nint   b;\n")

    @unittest.skipIf(shutil.which(lint_format.PROGRAM) is None, "no clang-format-14")
    def test_an_unformatted_line_is_found(self):
        self.write("server/b.c", "int b;\n")
        self.assert_found(lint_format, "server/a.c:2")

    def test_a_missing_formatter_is_said_and_fails_only_in_ci(self):
        with mock.patch.object(lint_format, "PROGRAM", "no-such-formatter"):
            with mock.patch.dict(os.environ, {"CI": "false"}):
                with mock.patch("sys.stdout", io.StringIO()) as stream:
                    self.assert_found(lint_format)
                self.assertEqual(stream.getvalue(), "skipped: no-such-formatter is not installed\n")
            with mock.patch.dict(os.environ, {"CI": "true"}):
                self.assert_found(lint_format, ".clang-format:1")


class ModulesTest(LintTest):
    def test_a_module_with_its_header_passes(self):
        self.write("server/http/a.c", '#include "server/http/a.h"\n')
        self.write("server/http/a.h", header("HTTP_A_H"))
        self.write("api/v1/b.h", header("API_V1_B_H"))
        self.write("server/c.h", header("SERVER_C_H"))
        self.write("tests/unit/http/a_test.c", "")
        self.assert_found(lint_modules)

    def test_a_source_without_header_is_found(self):
        self.write("actions/a.c", "")
        self.assert_found(lint_modules, "actions/a.c:1")

    def test_main_and_declared_routes_need_no_header(self):
        self.write("api/api.h", header("API_API_H", "extern const struct api_routes v1_a_routes;"))
        self.write("server/main.c", "int main(void)\n{\n}\n")
        self.write("api/v1/a.c", "API_ROUTES(v1_a_routes, routes);\n")
        self.assert_found(lint_modules)
        self.write("api/v1/b.c", "API_ROUTES(v1_b_routes, routes);\n")
        self.assert_found(lint_modules, "api/v1/b.c:1")

    def test_another_header_first_is_found(self):
        self.write("actions/a.h", header("ACTIONS_A_H"))
        self.write("actions/a.c", '#include <stdio.h>\n\n#include "actions/a.h"\n')
        self.assert_found(lint_modules, "actions/a.c:1")

    def test_a_guard_of_another_name_is_found(self):
        self.write("server/http/a.h", header("SERVER_HTTP_A_H"))
        self.assert_found(lint_modules, "server/http/a.h:1")

    def test_a_header_that_says_nothing_or_a_book_is_found(self):
        self.write("server/a.h", header("SERVER_A_H", comment="/* A. */\n"))
        self.write("server/b.h", header("SERVER_B_H", comment="/*\n" + " * B\n" * 23 + " */\n"))
        self.write("server/c.h", header("SERVER_C_H", comment=""))
        self.assert_found(lint_modules, "server/a.h:4", "server/b.h:4", "server/c.h:4")

    def test_a_unit_test_without_its_module_is_found(self):
        self.write("tests/unit/loop/timer_test.c", "")
        self.assert_found(lint_modules, "tests/unit/loop/timer_test.c:1")


if __name__ == "__main__":
    unittest.main()
