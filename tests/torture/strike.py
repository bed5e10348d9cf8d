"""The file by which a test tells the preloaded library (strike.c) what to count and where to strike."""
import mmap
import os
import struct

KINDS = ["nothing", "write", "sync", "truncate", "rename", "unlink", "connect", "send", "our memory", "library memory", "lookup"]
ACTIONS = ["nothing", "before", "half", "after", "fail", "hang"]
CALLS_MAX = 65536
HEAD = struct.Struct("8I")

# What changes something outside the process: the moments at which a crash test kills.
DEEDS = ("write", "sync", "truncate", "rename", "unlink", "connect", "send")


class Strike:
    def __init__(self, path):
        self.path = path
        with open(path, "wb") as file:
            file.truncate(HEAD.size + CALLS_MAX)
        descriptor = os.open(path, os.O_RDWR)
        self.memory = mmap.mmap(descriptor, HEAD.size + CALLS_MAX)
        os.close(descriptor)

    def arm(self, kinds=DEEDS, action="nothing", first=0, last=0, error=0):
        """Begins to count anew. Strikes at the calls from `first`, counted from 1, to `last`."""
        mask = sum(1 << KINDS.index(kind) for kind in kinds)
        self.memory[:HEAD.size] = HEAD.pack(0, mask, ACTIONS.index(action), first, last or first, error, 0, 0)

    @property
    def count(self):
        return HEAD.unpack(self.memory[:HEAD.size])[0]

    @property
    def struck(self):
        return HEAD.unpack(self.memory[:HEAD.size])[6]

    @property
    def calls(self):
        """The kinds of the calls so far, in order."""
        kinds = self.memory[HEAD.size:HEAD.size + min(self.count, CALLS_MAX)]
        return [KINDS[kind] for kind in kinds]


def points_of(calls):
    """(number of the call, how) for each moment at which to kill: before and after each call, and in the midst of writing."""
    points = []
    for number, kind in enumerate(calls, 1):
        points.append((number, "before"))
        if kind in ("write", "send"):
            points.append((number, "half"))
        points.append((number, "after"))
    return points
