"""The platforms' own clients (tests/peers, run by node), which judge the fakes here and what Lowtide sends. `make test-deps` puts them into
build/peers."""
import glob
import json
import os
import shutil
import subprocess
import threading
import time

from lab import ROOT
from tap import Skip

MODULES = os.path.join(os.environ.get("LOWTIDE_PEERS", os.path.join(ROOT, "build", "peers")), "node_modules")
SCRIPTS = os.path.join(ROOT, "tests", "peers")


def node():
    """The node that they run on: the one that came with them, or the system's."""
    if not os.path.exists(os.path.join(MODULES, ".from")):
        raise Skip("no clients of the platforms: make test-deps")
    brought = glob.glob(os.path.join(MODULES, "node-linux-*", "bin", "node"))
    return brought[0] if brought else shutil.which("node")


def environment():
    return {**os.environ, "NODE_PATH": MODULES, "NODE_NO_WARNINGS": "1"}


def ask(script, question, timeout=180):
    """What a script answers on stdout to what it is told on stdin, both JSON."""
    done = subprocess.run([node(), os.path.join(SCRIPTS, script)], input=json.dumps(question).encode(), env=environment(),
                          capture_output=True, timeout=timeout, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{script}: {done.stderr.decode('utf-8', 'replace')[-3000:]}")
    return json.loads(done.stdout)


class Peer:
    """A script of tests/peers that goes on, and tells what happens to it as JSON lines {"is": …}."""

    def __init__(self, lab, script, *args):
        self.said = []
        self.process = subprocess.Popen([node(), os.path.join(SCRIPTS, script), *map(str, args)], env=environment(),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        lab.keep(self)
        lab.told.append(self)

    def _read(self):
        for line in self.process.stdout:
            try:
                self.said.append(json.loads(line))
            except ValueError:
                self.said.append({"is": "text", "text": line.rstrip()})

    def heard(self, what, **keys):
        return [one for one in list(self.said) if one.get("is") == what and all(one.get(k) == v for k, v in keys.items())]

    def wait(self, what, count=1, seconds=90, **keys):
        end = time.monotonic() + seconds
        while len(self.heard(what, **keys)) < count:
            if time.monotonic() > end:
                raise AssertionError(f"the peer did not say {what!r} {keys} {count} times within {seconds} s")
            time.sleep(0.01)
        return self.heard(what, **keys)[count - 1]

    def ended(self, seconds=60):
        return self.process.wait(seconds)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self.reader.join(5)
        self.process.stdout.close()

    def __str__(self):
        return f"{self.process.args[1]}:\n" + "\n".join(json.dumps(one, ensure_ascii=False)[:400] for one in self.said[-60:])
