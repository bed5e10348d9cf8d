"""The file by which a test tells the preloaded library (strike.c) what to count and where to strike."""
import errno
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


EVER = 0xFFFFFFFF


class Blow:
    """A kind of trouble: which calls it counts, and at which points it comes. A point is (action, first call, last call).
    most: so many points of all, evenly spread. slow: the program waits as long as it may; only the full run has time for it."""

    def __init__(self, kinds, points, error=0, most=0, slow=False):
        self.kinds, self.points_of, self.error, self.most, self.slow = kinds, points, error, most, slow

    def points(self, calls):
        points = [point for number, kind in enumerate(calls, 1) for point in self.points_of(number, kind)]
        return spread(points, self.most) if self.most else points


def spread(points, wanted):
    """Evenly spread, the first and the last among them."""
    if wanted >= len(points) or wanted < 2:
        return points[:wanted]
    return [points[i * (len(points) - 1) // (wanted - 1)] for i in range(wanted)]


def around(number, kind):
    """Killed before and after each call, and in the midst of writing."""
    halves = [("half", number, number)] if kind in ("write", "send") else []
    return [("before", number, number), *halves, ("after", number, number)]


def once(number, _):
    return [("fail", number, number)]


def from_here(number, _):
    return [("fail", number, EVER)]


BLOWS = {
    "killed": Blow(DEEDS, around),
    "no memory": Blow(("our memory",), once, errno.ENOMEM),
    "no memory at times": Blow(("our memory",), once, errno.ENOMEM, most=100),
    "no memory in libraries": Blow(("library memory",), once, errno.ENOMEM, most=25),
    "disk full": Blow(("write",), from_here, errno.ENOSPC, most=10, slow=True),
    "disk full for a moment": Blow(("write",), once, errno.ENOSPC, most=25),
    "sync fails": Blow(("sync",), once, errno.EIO),
}
