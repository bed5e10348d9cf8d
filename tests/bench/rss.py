"""Private memory of a program: RssAnon, looked at often enough to see the peak of a round."""
import threading
import time


def private_kib(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("RssAnon:")), 0)
    except OSError:
        return 0


class Peak:
    """The most from now on."""

    def __init__(self, pid):
        self.kib = 0
        self.looking = True
        self.thread = threading.Thread(target=self._look, args=(pid,), daemon=True)
        self.thread.start()

    def _look(self, pid):
        while self.looking:
            self.kib = max(self.kib, private_kib(pid))
            time.sleep(0.004)

    def stop(self):
        self.looking = False
        self.thread.join()
        return self.kib
