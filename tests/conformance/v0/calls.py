"""What a runtime offers beside actions, by the names that steps give."""

import io
import zipfile
from pathlib import Path

def copy_to(player, name, content, destination, recursive=False):
    source = player.folder.parent / "sources" / name
    if recursive:
        for path, text in content.items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_text(text)
    else:
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(content)
    player.runtime.copy_to(str(source), destination, recursive=recursive)
    return tree(destination)


def copy_from(player, path):
    archive = Path(player.runtime.copy_from(path))
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as content:
        found = {one.filename: content.read(one).decode("latin-1") for one in content.infolist()}
    archive.unlink()
    return dict(sorted(found.items()))


def list_files(player, path=None):
    return player.runtime.list_files(path)


def vscode_token(player):
    return player.runtime.get_vscode_token() is not None


def request(player, method, path, **options):
    url = player.runtime.action_execution_server_url + path
    answer = player.runtime.session.request(method, url, **options)
    return [answer.status_code, answer.headers.get("content-type"), answer.text]


def tree(folder):
    return sorted(
        f"{path.relative_to(folder)}: {path.read_text()!r}"
        for path in Path(folder).rglob("*")
        if path.is_file()
    )


CALLS = {
    "copy_to": copy_to,
    "copy_from": copy_from,
    "list_files": list_files,
    "vscode_token": vscode_token,
    "request": request,
}
