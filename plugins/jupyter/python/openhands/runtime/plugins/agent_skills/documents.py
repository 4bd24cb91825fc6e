"""Documents as text.

Word and PowerPoint files are archives of XML and are read as such. PDF and LaTeX need a package, or
for PDF the program pdftotext; without one the text says which.
"""

import posixpath
import shutil
import subprocess
import zipfile
from xml.etree import ElementTree

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
SLIDE = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
BREAKS = {WORD + "tab": "\t", WORD + "br": "\n", WORD + "cr": "\n", DRAWING + "br": "\v"}


class Unreadable(Exception):
    """No package that reads such files is installed."""


def text_of(paragraph, letters):
    return "".join(
        node.text or "" if node.tag == letters else BREAKS.get(node.tag, "")
        for node in paragraph.iter()
    )


def pdf_pages(path):
    for name in ("pypdf", "PyPDF2"):
        try:
            reader = __import__(name).PdfReader(path)
        except ImportError:
            continue
        return [page.extract_text() for page in reader.pages]
    if not shutil.which("pdftotext"):
        raise Unreadable("PDF files need the package pypdf or the program pdftotext")
    command = ["pdftotext", "-layout", path, "-"]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return [page.removesuffix("\n") for page in done.stdout.removesuffix("\f").split("\f")]


def parse_pdf(file_path):
    """Print the text of a PDF file, page by page."""
    print(f"[Reading PDF file from {file_path}]")
    try:
        pages = pdf_pages(file_path)
    except Unreadable as reason:
        return print(f"ERROR: {reason}")
    print("".join(f"@@ Page {n} @@\n{text}\n\n" for n, text in enumerate(pages, 1)).strip())


def parse_docx(file_path):
    """Print the text of a Word file, paragraph by paragraph."""
    print(f"[Reading DOCX file from {file_path}]")
    with zipfile.ZipFile(file_path) as archive:
        body = ElementTree.fromstring(archive.read("word/document.xml")).find(WORD + "body")
    paragraphs = [text_of(paragraph, WORD + "t") for paragraph in body.findall(WORD + "p")]
    print("".join(f"@@ Page {n} @@\n{text}\n\n" for n, text in enumerate(paragraphs, 1)))


def parse_latex(file_path):
    """Print what a LaTeX file says, without its commands."""
    print(f"[Reading LaTex file from {file_path}]")
    with open(file_path, encoding="utf-8") as file:
        source = file.read()
    try:
        from pylatexenc.latex2text import LatexNodes2Text
    except ImportError:
        return print("ERROR: LaTeX files need the package pylatexenc")
    print(LatexNodes2Text().latex_to_text(source).strip())


def slide_files(archive):
    """The files of the slides in their order."""
    links = ElementTree.fromstring(archive.read("ppt/_rels/presentation.xml.rels"))
    targets = {link.get("Id"): link.get("Target") for link in links}
    order = ElementTree.fromstring(archive.read("ppt/presentation.xml")).iter(SLIDE + "sldId")
    return [posixpath.join("/ppt", targets[slide.get(LINK)])[1:] for slide in order]


def shape_texts(slide):
    shapes = slide.find(f"{SLIDE}cSld/{SLIDE}spTree")
    for shape in shapes.findall(SLIDE + "sp"):
        paragraphs = shape.findall(f"{SLIDE}txBody/{DRAWING}p")
        yield "\n".join(text_of(paragraph, DRAWING + "t") for paragraph in paragraphs)


def parse_pptx(file_path):
    """Print the text of a PowerPoint file, slide by slide."""
    print(f"[Reading PowerPoint file from {file_path}]")
    try:
        lines = []
        with zipfile.ZipFile(file_path) as archive:
            for number, name in enumerate(slide_files(archive), 1):
                lines.append(f"@@ Slide {number} @@")
                lines += shape_texts(ElementTree.fromstring(archive.read(name)))
        print("\n".join(lines))
    except (OSError, KeyError, AttributeError, zipfile.BadZipFile, ElementTree.ParseError) as error:
        print(f"Error reading PowerPoint file: {error}")
