"""Sounds and pictures, described by a model that is reached over the API of OpenAI.

The key and the model are taken from the environment: OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL,
MAX_TOKEN.
"""

import base64
import json
import os
import urllib.request
import uuid

TASK = "Describe this image as detail as possible."
TIMEOUT_S = 300


def key():
    return os.environ.get("OPENAI_API_KEY") or os.environ.get("SANDBOX_ENV_OPENAI_API_KEY", "")


def has_key():
    return bool(key())


def post(path, body, kind):
    base = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1").rstrip("/")
    headers = {"Authorization": f"Bearer {key()}", "Content-Type": kind}
    request = urllib.request.Request(base + path, body, headers)
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
        return json.load(answer)


def describe(task, picture):
    url = "data:image/jpeg;base64," + base64.b64encode(picture).decode()
    parts = [{"type": "text", "text": task}, {"type": "image_url", "image_url": {"url": url}}]
    question = {
        "model": os.environ.get("OPENAI_MODEL", "gpt-4o"),
        "messages": [{"role": "user", "content": parts}],
        "max_tokens": int(os.environ.get("MAX_TOKEN", "500")),
    }
    answer = post("/chat/completions", json.dumps(question).encode(), "application/json")
    return answer["choices"][0]["message"]["content"]


def form(fields, name, data):
    """A multipart form with one file."""
    border = uuid.uuid4().hex
    body = b""
    for field, value in fields.items():
        body += f'--{border}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n'.encode()
        body += value.encode() + b"\r\n"
    body += f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{name}"'.encode()
    body += b"\r\nContent-Type: application/octet-stream\r\n\r\n" + data
    return body + f"\r\n--{border}--\r\n".encode(), f"multipart/form-data; boundary={border}"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def parse_audio(file_path, model="whisper-1"):
    """Print what is said in a sound file."""
    print(f"[Transcribing audio file from {file_path}]")
    try:
        fields = {"model": model}
        print(post("/audio/transcriptions", *form(fields, "audio", read(file_path)))["text"])
    except Exception as error:  # whatever the network or the model has to complain about
        print(f"Error transcribing audio file: {error}")


def parse_image(file_path, task=TASK):
    """Print what is to be seen in a picture."""
    print(f"[Reading image file from {file_path}]")
    try:
        print(describe(task, read(file_path)))
    except Exception as error:
        print(f"Error with the request: {error}")


def frames(path, interval):
    """Every so many frames of a video, with their numbers, as JPEG."""
    import cv2

    video = cv2.VideoCapture(path)
    number = 0
    while True:
        is_there, frame = video.read()
        if not is_there:
            return
        if number % interval == 0:
            yield number, cv2.imencode(".jpg", frame)[1].tobytes()
        number += 1


def parse_video(file_path, task=TASK, frame_interval=30):
    """Print what is to be seen in the frames of a video."""
    print(f"[Processing video file from {file_path} with frame interval {frame_interval}]")
    try:
        for number, picture in frames(file_path, max(1, frame_interval)):
            print(f"Process the {file_path}, current No. {number} frame...")
            print(describe(task, picture))
    except Exception as error:
        print(f"Error with the request: {error}")
