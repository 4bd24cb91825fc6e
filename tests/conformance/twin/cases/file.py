"""The routes below /api/file, without the archive."""

from case import Http, Local, case, download, get, multipart, part, post, upload, url

TEN = "printf 0123456789 > ten; touch -d 2024-01-02T03:04:05Z ten; "
RANGES = {
    "the_first_three": "bytes=0-2",
    "the_last_three": "bytes=-3",
    "from_the_seventh": "bytes=7-",
    "past_the_end": "bytes=5-500",
    "everything": "bytes=0-",
    "one_byte": "bytes=4-4",
    "two_apart": "bytes=0-1,5-6",
    "two_that_touch": "bytes=0-1,2-3",
    "two_that_overlap": "bytes=0-4,3-6",
    "two_out_of_order": "bytes=5-6,0-1",
    "two_with_spaces": "bytes=0-1, 5-6",
    "a_start_past_the_end": "bytes=50-60",
    "a_start_at_the_end": "bytes=10-",
    "one_good_and_one_past_the_end": "bytes=0-1,50-60",
    "a_suffix_longer_than_the_file": "bytes=-50",
    "a_suffix_of_zero": "bytes=-0",
    "an_end_before_the_start": "bytes=5-2",
    "another_unit": "items=0-1",
    "no_unit": "0-1",
    "an_empty_range": "bytes=",
    "only_a_dash": "bytes=-",
    "letters": "bytes=a-b",
    "a_negative_start": "bytes=--1",
    "capital_bytes": "BYTES=0-1",
    "an_empty_header": "",
}
HOSTILE = {
    "a_relative_path": "a/b",
    "a_dot": ".",
    "a_nul": "@dir@/a%00b",
    "only_a_nul": "%00",
    "a_very_long_name": "@dir@/" + "n" * 300,
    "a_very_long_path": "/" + "d/" * 3000 + "f",
    "invalid_utf8": "@dir@/%ff",
    "a_missing_file": "@dir@/nowhere",
    "a_directory": "@dir@",
    "the_root": "/",
    "a_file_with_a_slash": "@dir@/ten/",
    "a_path_below_a_file": "@dir@/ten/x",
    "a_broken_link": "@dir@/broken",
    "a_link_loop": "@dir@/loop",
    "a_fifo": "@dir@/fifo",
    "a_device": "/dev/null",
}
NAMES = {
    "a_plain_name": "plain.txt",
    "a_name_with_spaces": "two words.txt",
    "a_name_with_umlauts": "äöü.txt",
    "a_name_with_quotes": "q\"uo'te.txt",
    "a_name_with_percent": "100%25.txt",
    "a_name_with_a_semicolon": "a;b,c=d.txt",
    "a_name_with_a_tilde": "a~b-c_d.e",
    "a_name_with_brackets": "a[b](c){d}!$&*+@x",
    "a_name_with_a_newline": "a\nb",
    "a_hidden_name": ".hidden",
}
SUBDIRS = "/api/file/search_subdirs?path=@dir@"
TREE = "mkdir Beta alpha gamma Alpha .hidden 'with space' äpfel _u; touch file; ln -s alpha link"

CASES = [
    case(
        "an_upload_is_read_back",
        upload("@dir@/a.bin", b"\x00\x01\xff binary"),
        Local("od -An -tx1 a.bin; stat -c %a a.bin"),
        download("@dir@/a.bin"),
    ),
    case("an_upload_creates_parents", upload("@dir@/x/y/z.txt", b"deep"), Local("cat x/y/z.txt")),
    case(
        "an_upload_overwrites",
        upload("@dir@/f", b"new"),
        Local("cat f"),
        setup="echo longer-old > f",
    ),
    case(
        "an_upload_keeps_the_mode",
        upload("@dir@/f", b"new"),
        Local("stat -c %a f"),
        setup="echo old > f; chmod 750 f",
    ),
    case(
        "an_upload_through_a_link_keeps_the_link",
        upload("@dir@/link", b"new"),
        Local("cat target; readlink link"),
        setup="echo old > target; ln -s target link",
    ),
    case("an_upload_of_nothing", upload("@dir@/empty", b""), Local("stat -c %s empty")),
    case("an_upload_of_100_kb", upload("@dir@/big", b"x" * 100_000), Local("stat -c %s big")),
    case(
        "an_upload_with_boundary_like_text",
        upload("@dir@/f", b"\r\n--twin-boundar\r\n--"),
        Local("od -c f"),
    ),
    case("an_upload_to_a_relative_path", upload("a/b", b"x")),
    case("an_upload_to_a_directory", upload("@dir@", b"x")),
    case("an_upload_to_a_path_with_a_slash", upload("@dir@/new/", b"x"), Local("ls -F")),
    case("an_upload_below_a_file", upload("@dir@/f/x", b"x"), setup="touch f"),
    case("an_upload_far_below_a_file", upload("@dir@/f/x/y", b"x"), setup="touch f"),
    case("an_upload_with_a_nul", upload("@dir@/a%00b", b"x")),
    case("an_upload_with_a_long_name", upload("@dir@/" + "n" * 300, b"x")),
    case("an_upload_with_dots", upload("@dir@/a/../b", b"x"), Local("ls")),
    case("an_upload_to_proc", upload("/proc/nowhere/file", b"x")),
    case(
        "an_upload_through_a_broken_link",
        upload("@dir@/l", b"x"),
        Local("cat t"),
        setup="ln -s t l",
    ),
    case("an_upload_of_a_name_with_spaces", upload("@dir@/two%20words", b"x"), Local("ls")),
    case("an_upload_where_plus_is_space", upload("@dir@/a+b", b"x"), Local("ls")),
    case("an_upload_with_an_empty_path", upload("", b"x")),
    case(
        "an_upload_without_a_file_name",
        post("/api/file/upload?path=@dir@/f", **multipart(part(b"x", filename=""))),
    ),
    case(
        "an_upload_with_a_content_type",
        post(
            "/api/file/upload?path=@dir@/f",
            **multipart(part(b"typed", extra=b"Content-Type: text/plain\r\n")),
        ),
        Local("cat f"),
    ),
    case(
        "an_upload_beside_other_fields",
        post(
            "/api/file/upload?path=@dir@/f",
            **multipart(part(b"/x", "destination_path", None), part(b"data")),
        ),
        Local("cat f"),
    ),
    case(
        "an_upload_with_a_quoted_boundary",
        post(
            "/api/file/upload?path=@dir@/f",
            headers=(("Content-Type", 'multipart/form-data; boundary="twin boundary"'),),
            body=multipart(part(b"q"), boundary="twin boundary")["body"],
        ),
        Local("cat f"),
    ),
    case(
        "an_upload_with_a_preamble",
        post(
            "/api/file/upload?path=@dir@/f",
            headers=multipart()["headers"],
            body=b"preamble\r\n" + multipart(part(b"p"))["body"] + b"epilogue",
        ),
    ),
    case(
        "an_upload_with_bare_line_feeds",
        post(
            "/api/file/upload?path=@dir@/f",
            headers=multipart()["headers"],
            body=multipart(part(b"p"))["body"].replace(b"\r\n", b"\n"),
        ),
    ),
    case("a_download_is_complete", download("@dir@/ten"), setup=TEN),
    case(
        "an_empty_file_is_downloaded", download("@dir@/e"), setup="touch -d 2024-01-02T03:04:05Z e"
    ),
    *[
        case(
            f"a_download_of_{name}",
            upload("@dir@/" + url(text), b"x"),
            download("@dir@/" + url(text)),
        )
        for name, text in NAMES.items()
    ],
    *[
        case(
            f"downloading_{name}",
            download(path),
            setup=TEN + "ln -s nowhere broken; ln -s loop loop; mkfifo fifo",
        )
        for name, path in HOSTILE.items()
    ],
    *[
        case(f"a_range_of_{name}", download("@dir@/ten", ("Range", value)), setup=TEN)
        for name, value in RANGES.items()
    ],
    case("a_range_of_an_empty_file", download("@dir@/e", ("Range", "bytes=0-1")), setup="touch e"),
    case("a_suffix_of_an_empty_file", download("@dir@/e", ("Range", "bytes=-1")), setup="touch e"),
    case(
        "a_range_with_the_right_date",
        download(
            "@dir@/ten", ("Range", "bytes=0-1"), ("If-Range", "Tue, 02 Jan 2024 03:04:05 GMT")
        ),
        setup=TEN,
    ),
    case(
        "a_range_with_another_date",
        download(
            "@dir@/ten", ("Range", "bytes=0-1"), ("If-Range", "Tue, 02 Jan 2024 03:04:06 GMT")
        ),
        setup=TEN,
    ),
    case(
        "a_range_with_another_tag",
        download("@dir@/ten", ("Range", "bytes=0-1"), ("If-Range", '"nonsense"')),
        setup=TEN,
    ),
    case(
        "a_download_is_never_not_modified",
        download("@dir@/ten", ("If-Modified-Since", "Tue, 02 Jan 2030 03:04:05 GMT")),
        setup=TEN,
    ),
    case("a_download_through_a_link", download("@dir@/l"), setup=TEN + "ln -s ten l"),
    case("a_download_with_dots", download("@dir@/../@dir@/ten"), setup=TEN),
    case("a_download_through_dots", download("@dir@/d/../ten"), setup=TEN + "mkdir d"),
    case(
        "a_directory_is_created",
        post("/api/file/create_directory?path=@dir@/a/b/c"),
        Local("find a; stat -c %a a"),
    ),
    case("a_directory_is_created_again", post("/api/file/create_directory?path=@dir@")),
    case(
        "a_directory_with_a_slash", post("/api/file/create_directory?path=@dir@/n/"), Local("ls -F")
    ),
    case(
        "a_directory_over_a_file", post("/api/file/create_directory?path=@dir@/f"), setup="touch f"
    ),
    case(
        "a_directory_below_a_file",
        post("/api/file/create_directory?path=@dir@/f/d"),
        setup="touch f",
    ),
    case(
        "a_directory_far_below_a_file",
        post("/api/file/create_directory?path=@dir@/f/d/e"),
        setup="touch f",
    ),
    case(
        "a_directory_over_a_link",
        post("/api/file/create_directory?path=@dir@/l"),
        setup="mkdir d; ln -s d l",
    ),
    case(
        "a_directory_over_a_broken_link",
        post("/api/file/create_directory?path=@dir@/l"),
        setup="ln -s d l",
    ),
    case("a_relative_directory", post("/api/file/create_directory?path=a")),
    case("an_empty_directory_path", post("/api/file/create_directory?path=")),
    case("a_directory_with_a_nul_in_it", post("/api/file/create_directory?path=@dir@/a%00")),
    case(
        "a_directory_with_a_long_name", post("/api/file/create_directory?path=@dir@/" + "n" * 300)
    ),
    case("a_directory_in_proc", post("/api/file/create_directory?path=/proc/x")),
    case("home_lists_favourites", get("/api/file/home")),
    case(
        "home_lists_favourites_in_order",
        # The reference makes .config itself.
        Local("cd @base@/home; mkdir -p Zeta alpha Beta .dot .config; ln -sfn alpha link; touch f"),
        get("/api/file/home"),
    ),
    case("home_shows_hidden_ones_when_asked", get("/api/file/home?include_hidden=true")),
    case("home_refuses_nonsense", get("/api/file/home?include_hidden=maybe")),
    case("subdirectories_in_order", get(SUBDIRS), setup=TREE),
    case("subdirectories_with_hidden_ones", get(SUBDIRS + "&include_hidden=true"), setup=TREE),
    case(
        "subdirectories_in_pages",
        Http("GET", SUBDIRS + "&limit=2", save=(("page", "next_page_id"),)),
        Http("GET", SUBDIRS + "&limit=3&page_id=@page@", save=(("page", "next_page_id"),)),
        setup=TREE,
    ),
    case(
        "subdirectories_from_a_lower_cased_page", get(SUBDIRS + "&limit=2&page_id=beta"), setup=TREE
    ),
    case("subdirectories_from_an_unknown_page", get(SUBDIRS + "&limit=2&page_id=zzz"), setup=TREE),
    case("subdirectories_of_an_empty_directory", get(SUBDIRS)),
    case("subdirectories_of_a_file", get(SUBDIRS + "/file"), setup=TREE),
    case("subdirectories_of_a_link", get(SUBDIRS + "/link"), setup=TREE),
    case("subdirectories_of_nothing", get(SUBDIRS + "/nowhere")),
    case("subdirectories_of_a_relative_path", get("/api/file/search_subdirs?path=tmp")),
    case("subdirectories_of_a_nul", get(SUBDIRS + "%00")),
    case("subdirectories_with_a_slash", get(SUBDIRS + "/"), setup=TREE),
    case(
        "a_trajectory_of_an_unknown_conversation",
        get("/api/file/download-trajectory/00000000-0000-4000-8000-000000000001"),
    ),
    case(
        "an_upload_with_the_path_in_the_url",
        post("/api/file/upload/@dir@/f", **multipart(part(b"x"))),
    ),
    case("a_download_with_the_path_in_the_url", get("/api/file/download/@dir@/ten"), setup=TEN),
    case("git_changes_with_the_path_in_the_url", get("/api/git/changes/@dir@")),
    case("a_git_diff_with_the_path_in_the_url", get("/api/git/diff/@dir@/ten"), setup=TEN),
]
