"""GET /api/file/archive in both formats."""

from case import Http, Local, case, get

ARCHIVE = "/api/file/archive?path=@dir@"
REPO = """
mkdir r; cd r; git init -q .
printf 'one\\ntwo\\n' > a.txt; mkdir sub build; echo s > sub/b.txt; echo gone > gone.txt
printf '\\000\\001\\377' > bin.dat; echo o > build/out; git add -f .; git commit -q -m first
"""
EDITED = REPO + """
printf 'one\\nTWO\\n' > a.txt; rm gone.txt; echo new > new.txt; printf '\\000\\002' > bin.dat
echo '*.log' > .gitignore; echo l > x.log; mkdir node_modules; echo n > node_modules/n.js
"""
FILES = """
mkdir -p r/sub/deep r/build r/empty r/sub/build r/.venv; cd r
echo a > a.txt; echo b > sub/b.txt; echo c > sub/deep/c.pyc; echo o > build/out
echo f > sub/build/f
echo h > .hidden; ln -s a.txt link; ln -s sub dirlink; echo v > .venv/v; chmod +x a.txt
"""
LIST = "gzip -dc got.tar.gz | tar tvf - | awk '{print $1, $6}' | LC_ALL=C sort"
MANIFEST = "gzip -dc got.tar.gz | tar xOf - r/archive_manifest.json"


def listed(name, query="", setup=FILES):
    """Lists what a tar.gz holds, through a file the harness keeps."""
    return case(
        name,
        Http("GET", ARCHIVE + f"/r&format=tar.gz{query}", keep="got.tar.gz"),
        Local(LIST),
        Local(MANIFEST),
        setup=setup,
    )


def delta(name, query="", setup=EDITED, path="/r"):
    return case(name, get(ARCHIVE + f"{path}{query}"), setup=setup)


CASES = [
    delta("a_delta_of_every_kind"),
    delta("a_delta_against_head", "&base_ref=HEAD"),
    delta("a_delta_of_nothing", setup=REPO),
    delta("a_delta_against_nothing_committed", setup="mkdir r; cd r; git init -q .; echo x > f"),
    delta("a_delta_without_default_excludes", "&base_ref=HEAD&use_default_excludes=false"),
    delta("a_delta_without_text_files", "&base_ref=HEAD&exclude=*.txt"),
    delta(
        "a_delta_without_an_anchored_path",
        "&base_ref=HEAD&exclude=sub/b.txt",
        EDITED + "echo t > sub/b.txt",
    ),
    delta("a_delta_of_a_subdirectory", "&base_ref=HEAD", EDITED + "echo t > sub/b.txt", "/r/sub"),
    delta("a_delta_from_above_the_repository", "&base_ref=HEAD", EDITED, ""),
    delta("a_delta_above_two_repositories", "", REPO + "cd ..; cp -r r r2", ""),
    delta("a_delta_against_an_unknown_ref", "&base_ref=nonsense"),
    delta("a_delta_against_an_option", "&base_ref=--output"),
    delta("a_delta_against_an_empty_ref", "&base_ref="),
    delta("a_delta_of_no_repository", "", "mkdir r"),
    delta("a_delta_on_a_detached_head", "", EDITED + "git checkout -q --detach"),
    delta(
        "a_delta_names_the_remote_without_its_password",
        "&base_ref=HEAD",
        EDITED + "git remote add origin 'https://user:secret@example.com/o/r.git?token=t&x=1'",
    ),
    delta(
        "a_delta_of_a_clone",
        "",
        REPO + "cd ..; git clone -q r w; cd w; echo x > a.txt; git commit -qam x; echo y > new",
        "/w",
    ),
    delta(
        "a_delta_of_a_branch_with_odd_name", "&base_ref=HEAD", EDITED + "git checkout -q -b 'ä/b+c'"
    ),
    delta("a_delta_keeps_the_real_index", "&base_ref=HEAD"),
    case(
        "a_delta_touches_nothing",
        get(ARCHIVE + "/r&base_ref=HEAD"),
        Local("cd r; git status --porcelain; ls -A . .."),
        setup=EDITED,
    ),
    delta("an_archive_of_nothing", "", "", "/nowhere"),
    delta("an_archive_of_a_file", "", "touch f", "/f"),
    case("an_archive_of_a_relative_path", get("/api/file/archive?path=tmp")),
    case("an_archive_of_a_nul", get("/api/file/archive?path=/tmp/%00")),
    listed("a_tarball_of_a_directory"),
    listed("a_tarball_without_default_excludes", "&use_default_excludes=false"),
    listed("a_tarball_without_a_name", "&exclude=b.txt"),
    listed("a_tarball_without_a_directory", "&exclude=sub/"),
    listed("a_tarball_without_an_anchored_path", "&exclude=sub/deep&use_default_excludes=false"),
    listed("a_tarball_with_two_excludes", "&exclude=a.*&exclude=.hidden"),
    listed("a_tarball_of_an_empty_directory", "", "mkdir r"),
    listed("a_tarball_that_has_a_manifest", "", "mkdir r; echo mine > r/archive_manifest.json"),
    listed(
        "a_tarball_of_a_repository",
        "&use_default_excludes=false",
        REPO + "rm -rf .git/hooks .git/objects",
    ),
    listed("a_tarball_with_a_file_named_build", "", "mkdir r; echo x > r/build"),
    listed("a_tarball_ignores_the_base", "&base_ref=nonsense"),
    listed("a_tarball_with_names_beyond_ascii", "", "mkdir r; echo x > 'r/ä b'"),
    case(
        "a_tarball_of_a_repository_names_its_head",
        Http("GET", ARCHIVE + "/r&format=tar.gz", ignore=("body",)),
        setup=REPO,
    ),
]
