"""Run once in a kernel: what programs print that a cell starts belongs to that cell.

A kernel hears of what its children print through a pipe, which a thread of it reads whenever it
has the time; at the end of a cell that may be too late. Here the pipe is replaced by one of our
own. Its thread reads under a lock, and at the end of each cell whatever has not been read yet is
read under the same lock, before the kernel says that the cell has ended. So nothing needs to be
waited for.
"""

import codecs
import os
import select
import sys
import threading
from _thread import start_new_thread

from IPython import get_ipython

PIECE = 65536


class Pipe:
    """In the place of descriptor `number`; what arrives is written to a stream of the kernel."""

    def __init__(self, number, stream):
        self.number = number
        self.stream = stream
        self.lock = threading.Lock()
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.source, writer = os.pipe()
        os.set_blocking(self.source, False)
        os.dup2(writer, number)
        os.close(writer)
        # What a Thread prints belongs for ever to the cell that has made it; here it is a bare one.
        start_new_thread(self.read_on, ())

    def read(self):
        """Reads what is there; false at the end."""
        with self.lock:
            while True:
                try:
                    data = os.read(self.source, PIECE)
                except BlockingIOError:
                    return True
                if not data:
                    return False
                text = self.decoder.decode(data)
                if text:
                    self.stream.write(text)

    def read_on(self):
        poll = select.poll()
        poll.register(self.source, select.POLLIN)
        while poll.poll():
            if not self.read():
                return


PIPES = [Pipe(1, sys.stdout), Pipe(2, sys.stderr)]


def read_rest():
    for pipe in PIPES:
        pipe.read()


get_ipython().events.register("post_execute", read_rest)
