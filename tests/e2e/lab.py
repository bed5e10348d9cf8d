"""One test's world: a home, a state folder, a config, the program, and everything that must end with the test."""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.path.join(ROOT, os.environ.get("LOWTIDE_BUILD", "build/sanitized"))
PROGRAM = os.environ.get("LOWTIDE", os.path.join(BUILD, "lowtide"))


def terminal():
    """The words in front of a command that run it on a terminal. A chroot may have none; root makes one for itself."""
    words = [sys.executable, "-c", "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"]
    try:
        for end in os.openpty():
            os.close(end)
        return words
    except OSError:
        # A chroot's own root is no mount point, so unshare cannot make it private; /dev must be, lest the world's is covered.
        mount = ("{ mount --make-rprivate /dev 2>/dev/null || { mount --bind /dev /dev && mount --make-private /dev; }; } && "
                 "mount -t devpts -o newinstance,ptmxmode=666 devpts /dev/pts && mount --bind /dev/pts/ptmx /dev/ptmx")
        return ["unshare", "-m", "--propagation", "unchanged", "sh", "-c", f'{mount} && exec "$@"', "-", *words]


class Result:
    """How a command ended and what it said."""

    def __init__(self, args, code, out, err, seconds):
        self.args, self.code, self.out, self.err, self.seconds = args, code, out, err, seconds

    @property
    def lines(self):
        return [line for line in self.out.splitlines() if line.strip()]

    def __str__(self):
        return f"$ lowtide {' '.join(self.args)}   -> {self.code}, {self.seconds:.1f} s\n{self.out}{self.err}"


class TooLate(Exception):
    """A promise in seconds that was not kept."""


def stolen(pid):
    """The seconds that this process's threads have waited for a processor that others had (0 where the kernel does not say)."""
    total = 0
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[1])
    except (OSError, IndexError, ValueError):
        pass
    return total / 1e9


class Daemon:
    """`lowtide run`, with what it says collected as it comes."""

    def __init__(self, lab, args, env):
        self.args = args
        self.text = ""
        self.stolen = 0.0
        self.lock = threading.Lock()
        self.process = subprocess.Popen([*lab.command, *args], env=env, cwd=lab.home, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.readers = [threading.Thread(target=self._read, args=(pipe,), daemon=True)
                        for pipe in (self.process.stdout, self.process.stderr)]
        for reader in self.readers:
            reader.start()

    def _read(self, pipe):
        for line in pipe:
            with self.lock:
                self.text += line.decode("utf-8", "replace")

    @property
    def pid(self):
        return self.process.pid

    def said(self, pattern):
        with self.lock:
            return re.search(pattern, self.text)

    def wait_for(self, pattern, seconds=60):
        """Waits for a line that the pattern finds; answers the match."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            match = self.said(pattern)
            if match:
                return match
            if self.process.poll() is not None:
                time.sleep(0.1)
                match = self.said(pattern)
                if match:
                    return match
                raise AssertionError(f"the daemon ended with {self.process.returncode} before it said {pattern!r}")
            time.sleep(0.02)
        raise AssertionError(f"the daemon did not say {pattern!r} within {seconds} s")

    def signal(self, number):
        self.process.send_signal(number)

    def _is_over(self):
        """Looks without taking the process away, so that its figures stay to be read."""
        self.stolen_so_far()
        if self.process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def stolen_so_far(self):
        self.stolen = max(self.stolen, stolen(self.pid))
        return self.stolen

    def ended(self, seconds=60):
        end = time.monotonic() + seconds
        while not self._is_over() and time.monotonic() < end:
            time.sleep(0.01)
        code = self.process.wait(1)
        for reader in self.readers:
            reader.join(5)
        return code

    def stop(self):
        """SIGTERM; answers exit code and seconds, without those that others had the processor."""
        started, before = time.monotonic(), self.stolen_so_far()
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.ended(), time.monotonic() - started - (self.stolen - before)

    def kill(self):
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
        return self.ended()

    def __str__(self):
        return f"$ lowtide {' '.join(self.args)} &   -> {self.process.returncode}\n{self.text}"


class Lab:
    def __init__(self):
        self.command = [PROGRAM]
        self.daemons = []
        self.home = tempfile.mkdtemp(prefix="lowtide-lab-")
        self.state = os.path.join(self.home, "state")
        self.env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.home, "LANG": "C.UTF-8",
                    "TMPDIR": self.home}
        for name, value in os.environ.items():
            if name.endswith("SAN_OPTIONS"):
                self.env[name] = value
        self.closers = []
        self.told = []

    def close(self):
        for closer in reversed(self.closers):
            try:
                closer()
            except Exception as error:
                print(f"# closing: {error!r}")
        shutil.rmtree(self.home, ignore_errors=True)

    def keep(self, thing):
        """Has thing.close() called at the end of the test."""
        self.closers.append(thing.close)
        return thing

    def path(self, *names):
        return os.path.join(self.home, *names)

    def write(self, name, text, mode=0o600):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, mode)
        return path

    def read(self, *names):
        with open(self.path(*names), encoding="utf-8") as file:
            return file.read()

    def config(self, text, lowtide=""):
        """Writes config.ini; [lowtide] with the state folder comes first."""
        return self.write("config.ini", f"[lowtide]\nstate_dir = {self.state}\n{lowtide}\n{text}")

    @contextlib.contextmanager
    def promptly(self, seconds, what):
        """What is done within must not take longer, on a machine that has time for it: when others have the processor, that
        does not count."""
        watch = self.watch()
        yield
        took = watch()
        if took > seconds:
            raise TooLate(f"{what}: took {took:.3f} s, not {seconds}")

    def watch(self):
        """A function that answers the seconds since now, without those that others had the processor."""
        started, before = time.monotonic(), self._stolen()
        return lambda: time.monotonic() - started - max(0.0, self._stolen() - before)

    def _stolen(self):
        return stolen("self") + sum(daemon.stolen_so_far() for daemon in self.daemons)

    def steady(self, span=3600):
        """Waits where an hour, or another span of the clock, is about to end: what follows tells of one."""
        left = span - time.time() % span
        if left < 10:
            time.sleep(left + 0.1)

    def run(self, *args, env=None, timeout=180, stdin=b""):
        started = time.monotonic()
        done = subprocess.run([*self.command, *args], env={**self.env, **(env or {})}, cwd=self.home, input=stdin,
                              capture_output=True, timeout=timeout, check=False)
        result = Result(args, done.returncode, done.stdout.decode("utf-8", "replace"),
                        done.stderr.decode("utf-8", "replace"), time.monotonic() - started)
        self.told.append(result)
        return result

    def run_on_terminal(self, *args, env=None, timeout=180):
        """The same with a terminal as its stdin, stdout and stderr."""
        started = time.monotonic()
        done = subprocess.run([*terminal(), *self.command, *args], env={**self.env, "TERM": "xterm", **(env or {})}, cwd=self.home,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)
        result = Result(args, done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"),
                        time.monotonic() - started)
        self.told.append(result)
        return result

    def daemon(self, *args, env=None):
        daemon = Daemon(self, args or ("run",), {**self.env, **(env or {})})
        self.daemons.append(daemon)
        self.closers.append(daemon.kill)
        self.told.append(daemon)
        return daemon

    def state_bytes(self):
        """All that the state folder's files hold, and the home's: for finding what must not be there."""
        found = {}
        for folder, _, names in os.walk(self.home):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        found[os.path.relpath(path, self.home)] = file.read()
        return found

    def transcript(self):
        return "\n".join(str(thing) for thing in self.told)
