"""The routes below /api/git."""

from case import Local, case, get

CHANGES = "/api/git/changes?path=@dir@"
DIFF = "/api/git/diff?path=@dir@"
COMMITS = "/api/git/commits?path=@dir@"
REPO = """
git init -q .
printf 'one\\ntwo\\n' > a.txt; mkdir sub; echo s > sub/b.txt; echo gone > gone.txt
echo m > moved.txt
git add .; git commit -q -m 'first commit'
"""
EDITED = REPO + """
printf 'one\\nTWO\\n' > a.txt; rm gone.txt; git mv moved.txt renamed.txt
echo new > new.txt; echo staged > staged.txt; git add staged.txt; echo sub > sub/new.txt
"""
TWO = REPO + "echo more >> a.txt; git rm -q gone.txt; git commit -q -am 'second: äöü'\n"
CLONE = (
    """
mkdir up; cd up
"""
    + REPO
    + """
cd ..; git clone -q up work; cd work; git config user.name Twin; git config user.email t@example.com
"""
)

NEST = "mkdir nest; cd nest; git init -q .; echo n > n.txt\n"
BOTH_SIDES = """
git checkout -q -b o; echo o > @file@; git add .; git commit -qm o
git checkout -q main; echo m > @other@; git add .; git commit -qm m
"""
CONFLICT = BOTH_SIDES.replace("@file@", "a.txt").replace("@other@", "a.txt")
CONFLICT += "git merge -q o >/dev/null 2>&1 || true"
MERGE = BOTH_SIDES.replace("@file@", "o").replace("@other@", "m") + "git merge -q -m merge o"
PUSHED = """
git checkout -q -b feature; echo x > a.txt; git commit -qam x
git push -q -u origin feature 2>/dev/null
"""
ODD_SUBJECTS = r"""
commit() { git commit -q --allow-empty --allow-empty-message -m "$1"; }
commit ''; commit 'a"b\c	d'; commit 'subject

body'
"""


def sha(commit):
    return Local(f"git rev-parse '{commit}'", "sha")


CASES = [
    case("changes_of_every_kind", get(CHANGES), setup=EDITED),
    case("changes_against_head", get(CHANGES + "&ref=HEAD"), setup=EDITED),
    case("no_changes", get(CHANGES), setup=REPO),
    case("changes_in_an_empty_repository", get(CHANGES), setup="git init -q .; echo x > f"),
    case(
        "changes_against_an_unborn_head",
        get(CHANGES + "&ref=HEAD"),
        setup="git init -q .; echo x > f; git add f",
    ),
    case("changes_of_no_repository", get(CHANGES), setup="echo x > f"),
    case("changes_of_a_missing_directory", get(CHANGES + "/nowhere")),
    case("changes_of_a_file", get(CHANGES + "/a.txt"), setup=REPO),
    case("changes_against_an_unknown_ref", get(CHANGES + "&ref=nonsense"), setup=REPO),
    case("changes_against_an_option", get(CHANGES + "&ref=--help"), setup=REPO),
    case("changes_against_an_empty_ref", get(CHANGES + "&ref="), setup=REPO),
    case("changes_against_a_commit", get(CHANGES + "&ref=HEAD~1"), setup=TWO),
    case("changes_against_a_tree", get(CHANGES + "&ref=HEAD^{tree}"), setup=TWO),
    case("changes_below_a_directory", get(CHANGES + "/sub"), setup=EDITED + "echo t >> sub/b.txt"),
    case(
        "changes_of_a_tracked_name_with_a_space",
        get(CHANGES),
        setup=REPO + "echo x > 'a b'; git add .; git commit -q -m x; echo y > 'a b'",
    ),
    case("changes_of_an_untracked_name_with_a_space", get(CHANGES), setup=REPO + "echo x > 'a b'"),
    case("changes_of_a_type", get(CHANGES), setup=REPO + "rm a.txt; ln -s sub a.txt"),
    case(
        "changes_of_names_beyond_ascii",
        get(CHANGES),
        setup=REPO + "echo x > é.txt; echo t > ü.txt; git add ü.txt",
    ),
    case(
        "changes_of_ignored_files",
        get(CHANGES),
        setup=REPO + "echo '*.log' > .gitignore; echo x > x.log",
    ),
    case("changes_of_a_mode", get(CHANGES), setup=REPO + "chmod +x a.txt"),
    case("changes_of_a_copy", get(CHANGES), setup=REPO + "cp a.txt copy.txt; git add copy.txt"),
    case("changes_of_a_conflict", get(CHANGES), setup=REPO + CONFLICT),
    case(
        "changes_on_a_detached_head",
        get(CHANGES),
        setup=TWO + "git checkout -q HEAD~1; echo x > a.txt",
    ),
    case(
        "changes_of_nested_repositories",
        get(CHANGES),
        setup=REPO + NEST + "cd ..; mkdir nest2; echo x > nest2/x",
    ),
    case(
        "changes_of_nested_repositories_below_none",
        get(CHANGES),
        setup="mkdir a b; for d in a b; do (cd $d; git init -q .; echo $d > f); done",
    ),
    case(
        "changes_of_a_hidden_nested_repository",
        get(CHANGES),
        setup=REPO + "mkdir .nest; cd .nest; git init -q .; echo n > n.txt",
    ),
    case("changes_of_a_clone", get(CHANGES + "/work"), setup=CLONE + "echo x > a.txt"),
    case(
        "changes_of_an_unpushed_commit",
        get(CHANGES + "/work"),
        setup=CLONE + "echo x > a.txt; git commit -qam x",
    ),
    case("changes_of_a_pushed_branch", get(CHANGES + "/work"), setup=CLONE + PUSHED),
    case(
        "changes_of_a_pushed_dirty_branch",
        get(CHANGES + "/work"),
        setup=CLONE + PUSHED + "echo y > sub/b.txt",
    ),
    case(
        "changes_of_a_local_branch",
        get(CHANGES),
        setup=REPO + "git checkout -q -b feature; echo x > a.txt; git commit -qam x",
    ),
    case(
        "changes_of_a_local_branch_beside_master",
        get(CHANGES),
        setup=REPO
        + "git branch -q -m master; git checkout -q -b feature; echo x > a.txt; git commit -qam x",
    ),
    case(
        "changes_of_an_orphan_branch",
        get(CHANGES),
        setup=REPO + "git checkout -q --orphan lone; git rm -qrf .; echo l > l.txt",
    ),
    case(
        "changes_of_an_orphan_branch_against_head",
        get(CHANGES + "&ref=HEAD"),
        setup=REPO + "git checkout -q --orphan lone",
    ),
    case("changes_of_a_broken_repository", get(CHANGES), setup=REPO + "rm .git/HEAD"),
    case("changes_of_a_bare_repository", get(CHANGES), setup="git init -q --bare ."),
    case("changes_of_the_git_directory", get(CHANGES + "/.git"), setup=REPO),
    case("changes_by_a_relative_path", get("/api/git/changes?path=nowhere")),
    case("changes_of_an_empty_path", get("/api/git/changes?path=")),
    case("changes_of_a_path_with_a_nul", get("/api/git/changes?path=/tmp/%00")),
    case(
        "changes_through_a_link",
        get(CHANGES + "/l"),
        setup="mkdir r; cd r\n" + EDITED + "\ncd ..; ln -s r l",
    ),
    case(
        "changes_in_a_worktree",
        get(CHANGES + "/w"),
        setup="mkdir r; cd r\n"
        + REPO
        + "git worktree add -q ../w -b w 2>/dev/null; cd ../w; echo x > a.txt",
    ),
    case("a_diff_of_an_edit", get(DIFF + "/a.txt"), setup=EDITED),
    case("a_diff_of_no_edit", get(DIFF + "/a.txt"), setup=REPO),
    case("a_diff_of_an_untracked_file", get(DIFF + "/new.txt"), setup=EDITED),
    case("a_diff_of_a_staged_file", get(DIFF + "/staged.txt"), setup=EDITED),
    case("a_diff_of_a_deleted_file", get(DIFF + "/gone.txt"), setup=EDITED),
    case("a_diff_of_a_renamed_file", get(DIFF + "/renamed.txt"), setup=EDITED),
    case("a_diff_of_a_file_nowhere", get(DIFF + "/nowhere"), setup=REPO),
    case("a_diff_of_a_file_nowhere_outside", get(DIFF + "/nowhere")),
    case("a_diff_of_a_directory", get(DIFF + "/sub"), setup=EDITED),
    case("a_diff_of_the_root", get(DIFF), setup=REPO),
    case("a_diff_outside_a_repository", get(DIFF + "/f"), setup="echo x > f"),
    case("a_diff_against_a_ref", get(DIFF + "/a.txt&ref=HEAD~1"), setup=TWO),
    case("a_diff_against_an_unknown_ref", get(DIFF + "/a.txt&ref=nonsense"), setup=REPO),
    case("a_diff_with_ref_and_commit", get(DIFF + "/a.txt&ref=HEAD&commit=abcd"), setup=REPO),
    case(
        "a_diff_keeps_outer_whitespace",
        get(DIFF + "/w"),
        setup=REPO
        + "printf '\\n  x\\n\\n' > w; git add w; git commit -qm w; printf '\\n  y\\n\\n\\n' > w",
    ),
    case(
        "a_diff_normalises_line_ends",
        get(DIFF + "/w"),
        setup=REPO
        + "printf 'a\\r\\nb\\rc\\fd\\n' > w; git add w; git commit -qm w; printf 'a\\nb\\n' > w",
    ),
    case(
        "a_diff_of_binary",
        get(DIFF + "/w"),
        setup=REPO
        + "printf 'a\\377\\000b' > w; git add w; git commit -qm w; printf '\\377\\376' > w",
    ),
    case("a_diff_of_unicode", get(DIFF + "/ä.txt"), setup=REPO + "printf 'ä€😀' > ä.txt"),
    case(
        "a_diff_of_unicode_separators",
        get(DIFF + "/w"),
        setup=REPO + "printf 'a\\302\\205b\\342\\200\\250c\\v d' > w",
    ),
    case("a_diff_of_an_empty_file", get(DIFF + "/w"), setup=REPO + "touch w"),
    case(
        "a_diff_of_a_file_at_the_limit",
        get(DIFF + "/w", ignore=("body",)),
        setup=REPO + "head -c 1048576 /dev/zero | tr '\\0' a > w",
    ),
    case(
        "a_diff_of_a_file_past_the_limit",
        get(DIFF + "/w"),
        setup=REPO + "head -c 1048577 /dev/zero | tr '\\0' a > w",
    ),
    case(
        "a_diff_of_a_deleted_file_past_the_limit",
        get(DIFF + "/w"),
        setup=REPO
        + "head -c 1048577 /dev/zero | tr '\\0' a > w; git add w; git commit -qm w; rm w",
    ),
    case("a_diff_in_an_empty_repository", get(DIFF + "/f"), setup="git init -q .; echo x > f"),
    case("a_diff_in_a_subdirectory", get(DIFF + "/sub/b.txt"), setup=REPO + "echo t > sub/b.txt"),
    case("a_diff_of_a_link", get(DIFF + "/l"), setup=REPO + "ln -s a.txt l"),
    case("a_diff_with_a_nul", get(DIFF + "/a%00b"), setup=REPO),
    case("a_diff_by_a_relative_path", get("/api/git/diff?path=nowhere.txt")),
    case(
        "a_diff_in_a_nested_repository",
        get(DIFF + "/nest/n.txt"),
        setup=REPO + NEST + "git add n.txt; git commit -qm n; echo o > n.txt",
    ),
    case("commits_are_listed", get(COMMITS), setup=TWO),
    case("commits_are_limited", get(COMMITS + "&limit=1"), setup=TWO),
    case("commits_exactly_at_the_limit", get(COMMITS + "&limit=2"), setup=TWO),
    case("commits_of_an_empty_repository", get(COMMITS), setup="git init -q ."),
    case("commits_of_no_repository", get(COMMITS)),
    case("commits_of_a_subdirectory", get(COMMITS + "/sub"), setup=TWO),
    case("commits_with_odd_subjects", get(COMMITS), setup=REPO + ODD_SUBJECTS),
    case("commits_of_a_broken_repository", get(COMMITS), setup=REPO + "rm .git/HEAD"),
    *[
        case(f"a_diff_of_{name}", sha(commit), get(DIFF + f"/{path}&commit=@sha@"), setup=TWO)
        for name, commit, path in (
            ("a_commit", "HEAD", "a.txt"),
            ("the_first_commit", "HEAD~1", "a.txt"),
            ("a_file_the_commit_deleted", "HEAD", "gone.txt"),
            ("a_file_the_commit_kept", "HEAD", "sub/b.txt"),
            ("a_file_no_commit_knows", "HEAD", "nowhere"),
            ("a_directory_in_a_commit", "HEAD", "sub"),
            ("a_tree_as_commit", "HEAD^{tree}", "a.txt"),
        )
    ],
    case("a_diff_of_an_unknown_commit", get(DIFF + "/a.txt&commit=deadbeef"), setup=TWO),
    case("a_diff_of_a_commit_outside", get(DIFF + "/f&commit=deadbeef"), setup="echo x > f"),
    *[
        case(
            f"changes_of_{name}",
            sha(commit),
            get("/api/git/commits/@sha@/changes?path=@dir@"),
            setup=TWO,
        )
        for name, commit in (
            ("a_commit", "HEAD"),
            ("the_first_commit", "HEAD~1"),
            ("a_tree_as_commit", "HEAD^{tree}"),
        )
    ],
    case(
        "changes_of_a_short_commit",
        Local("git rev-parse --short HEAD", "sha"),
        get("/api/git/commits/@sha@/changes?path=@dir@"),
        setup=TWO,
    ),
    case(
        "changes_of_a_commit_in_a_subdirectory",
        sha("HEAD~1"),
        get("/api/git/commits/@sha@/changes?path=@dir@/sub"),
        setup=TWO,
    ),
    case(
        "changes_of_a_merge",
        sha("HEAD"),
        get("/api/git/commits/@sha@/changes?path=@dir@"),
        setup=REPO + MERGE,
    ),
    case(
        "changes_of_a_commit_with_odd_names",
        sha("HEAD"),
        get("/api/git/commits/@sha@/changes?path=@dir@"),
        setup=REPO + "echo x > 'a b'; echo y > é; git add .; git commit -qm odd",
    ),
    case(
        "changes_of_an_unknown_commit",
        get("/api/git/commits/deadbeef/changes?path=@dir@"),
        setup=TWO,
    ),
    case(
        "changes_of_a_commit_of_no_repository", get("/api/git/commits/deadbeef/changes?path=@dir@")
    ),
]
