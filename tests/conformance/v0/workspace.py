"""What lies in the workspace before the first step of a session."""

import subprocess

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def prepare(folder):
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    (folder / "lines.txt").write_text("".join(f"line {n}\n" for n in range(1, 31)))
    (folder / "noend.txt").write_text("first\nlast")
    (folder / "crlf.txt").write_bytes(b"one\r\ntwo\r\nthree\r\n")
    (folder / "latin.txt").write_bytes("né à\n".encode("latin-1"))
    (folder / "binary.bin").write_bytes(bytes(range(256)) * 8)
    (folder / "empty.txt").write_text("")
    (folder / "pixel.png").write_bytes(PIXEL)
    (folder / "space in name.txt").write_text("found\n")
    nested = folder / "tree"
    for path in ("a.txt", "b/c.txt", "b/d/e.txt", ".hidden/x.txt", "b/.h2"):
        (nested / path).parent.mkdir(parents=True, exist_ok=True)
        (nested / path).write_text(path)
    (nested / "link").symlink_to("b")
    (nested / "broken").symlink_to("nowhere")
    (folder / "long.txt").write_text("".join(f"{n:06d} {'x' * 60}\n" for n in range(2000)))
    repository = folder / "repository"
    repository.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", repository], check=True)
