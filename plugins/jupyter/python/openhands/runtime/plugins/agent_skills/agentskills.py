"""The functions that every cell of an agent may use, one import away.

Each prints what it has to say and returns nothing, but for file_editor. Those that need a model to
listen or to look exist only where a key for one is set.
"""

from .documents import parse_docx, parse_latex, parse_pdf, parse_pptx
from .editing import file_editor
from .media import has_key, parse_audio, parse_image, parse_video
from .reading import goto_line, open_file, scroll_down, scroll_up
from .searching import find_file, search_dir, search_file

__all__ = [
    "open_file",
    "goto_line",
    "scroll_down",
    "scroll_up",
    "search_dir",
    "search_file",
    "find_file",
    "parse_pdf",
    "parse_docx",
    "parse_latex",
    "parse_pptx",
    "file_editor",
]
if has_key():
    __all__ += ["parse_audio", "parse_video", "parse_image"]
else:
    del parse_audio, parse_video, parse_image
