#!/usr/bin/env -S python3 -B
"""What a command writes beside a running daemon reaches it at once; without one nothing happens."""
import os
import re
import signal
import subprocess
import time

from discord_gateway import Discord
from fakes import VendorServer, Webhooks
from scenes import SECRETS, discord, kimi
from tap import equal, eventually, has, main, true

NOTED = ("[account notes]\nprovider = manual\nlabel = Notes\n"
         "[account handed]\nprovider = push\nlabel = Handed\n")
SOON = 60  # seconds; the next round is months away


class Scene:
    """Accounts of three kinds, one channel, and people on Discord."""

    def __init__(self, lab):
        self.lab, self.vendor, self.hooks, self.people = lab, VendorServer(lab), Webhooks(lab), Discord(lab)
        lab.env.update({**SECRETS, "DISCORD_BOT_TOKEN": Discord.TOKEN})
        lab.config(kimi(self.vendor) + NOTED + discord(self.hooks) + self.people.settings(""), "schedule = 0 0 1 1 *")

    def daemon(self):
        daemon = self.lab.daemon("run", "--config", "config.ini")
        daemon.wait_for("waiting for the next round")
        self.people.wait_ready()
        return daemon

    def run(self, command, *args, **keys):
        done = self.lab.run(command, "--config", "config.ini", *args, **keys)
        equal(done.code, 0, f"{command}: {done.err}")
        return done.out

    def balance(self, account):
        return (self.people.command("balance", account=account).answer() or {}).get("content") or ""

    def alerts(self, words):
        return [text for text in self.hooks.contents if words in text and "Balance Summary" not in text]


def test_an_unmute_tells_what_was_kept_back(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    scene.run("mute", "kimi", "3d")
    scene.vendor.balance("4.20", "1.00", "3.20")
    scene.lab.run("update", "--config", "config.ini")
    equal(scene.alerts("credits low!"), [], "told though it was muted")
    scene.run("unmute", "kimi")
    eventually(lambda: scene.alerts("Kimi credits low! Available: $4.20"), "what was kept back", SOON)
    daemon.stop()


def test_what_is_noted_and_handed_in_is_told_in_the_chat(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    scene.run("set", "notes", "12.50")
    eventually(lambda: "$12.50" in scene.balance("notes"), "what was noted", SOON)
    scene.run("topup", "notes", "5")
    eventually(lambda: "$17.50" in scene.balance("notes"), "what was added", SOON)
    scene.run("push", "handed", stdin=b"8.07")
    eventually(lambda: "$8.07" in scene.balance("handed"), "what was handed in", SOON)
    scene.run("push", "handed", stdin=b"3.07")
    eventually(lambda: scene.alerts("Handed credits low!"), "the alert", SOON)
    equal(len(scene.vendor.requests), 1, "Kimi was asked at the start, and no more")
    daemon.stop()


def test_a_round_of_an_update_is_told_in_the_chat(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    has(scene.balance("kimi"), "$12.34")
    scene.vendor.balance("9.20", "6.00", "3.20")
    scene.lab.run("update", "--config", "config.ini")
    eventually(lambda: "$9.20" in scene.balance("kimi"), "what the update read", SOON)
    equal(len(scene.vendor.requests), 2)
    daemon.stop()


def test_two_hundred_signals_do_no_harm(lab):
    scene = Scene(lab)
    daemon = scene.daemon()
    for _ in range(200):
        daemon.signal(signal.SIGUSR1)
        time.sleep(0.002)
    scene.run("set", "notes", "1")
    eventually(lambda: "$1.00" in scene.balance("notes"), "what was noted", SOON)
    equal(len(scene.vendor.requests), 1)
    for _ in range(50):
        daemon.signal(signal.SIGUSR1)
    code, seconds = daemon.stop()
    equal(code, 0)
    true(seconds < 10, f"{seconds} s")


def test_signals_from_the_first_moment_to_the_last(lab):
    scene = Scene(lab)
    for wait in (0, 0.01, 0.05, 0.2):
        daemon = scene.lab.daemon("run", "--config", "config.ini")
        end = time.monotonic() + 60
        while not held(daemon.pid, lab) and time.monotonic() < end:
            time.sleep(0.001)
        signalled = time.monotonic() + 0.3
        while time.monotonic() < signalled or (not heeds(daemon.pid, signal.SIGTERM) and time.monotonic() < end):
            daemon.signal(signal.SIGUSR1)
            time.sleep(0.001)  # libuv drops what comes while thousands wait, SIGTERM too
        time.sleep(wait)
        daemon.signal(signal.SIGTERM)
        while daemon.process.poll() is None and time.monotonic() < end:
            if held(daemon.pid, lab):
                daemon.signal(signal.SIGUSR1)
                time.sleep(0.001)
        equal(daemon.ended(), 0)


def test_a_reload_that_is_asked_for_too_early_waits(lab):
    Scene(lab)
    for _ in range(3):
        daemon = lab.daemon("run", "--config", "config.ini")
        eventually(lambda: held(daemon.pid, lab), "the lock")
        daemon.signal(signal.SIGHUP)
        daemon.wait_for("reloaded accounts=3 channels=1")
        equal(daemon.stop()[0], 0)


def heeds(pid, number):
    """Whether that process has a hand for the signal: until then SIGTERM ends it at once, which is as well."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        caught = re.search(r"^SigCgt:\s*([0-9a-f]+)", file.read(), re.M).group(1)
    return int(caught, 16) >> (number - 1) & 1


def held(pid, lab):
    """Whether that process holds the daemon's lock, as the kernel has it."""
    path = os.path.join(lab.state, "daemon.lock")
    if not os.path.exists(path):
        return False
    inode = str(os.stat(path).st_ino)
    with open("/proc/locks", encoding="ascii") as file:
        return any(words[4] == str(pid) and words[5].endswith(":" + inode)
                   for words in map(str.split, file) if len(words) > 5 and words[1] == "POSIX")


def bystander_with(number):
    """A process whom SIGUSR1 would end, with that number where the system lets us choose."""
    for _ in range(20):
        try:
            with open("/proc/sys/kernel/ns_last_pid", "w", encoding="ascii") as file:
                file.write(str(number - 1))
        except OSError:
            print("# the system does not let us choose a number")
            return subprocess.Popen(["sleep", "60"])
        bystander = subprocess.Popen(["sleep", "60"])
        if bystander.pid == number:
            return bystander
        bystander.kill()
        bystander.wait()
    print("# the number was never free")
    return subprocess.Popen(["sleep", "60"])


def test_without_a_daemon_nothing_happens_to_whoever_has_its_number(lab):
    scene = Scene(lab)
    scene.run("set", "notes", "10")
    daemon = scene.daemon()
    daemon.kill()
    bystander = bystander_with(daemon.pid)
    try:
        scene.run("set", "notes", "11")
        scene.run("mute", "kimi")
        scene.run("unmute", "kimi")
        equal(bystander.poll(), None)
    finally:
        bystander.kill()
        bystander.wait()


if __name__ == "__main__":
    main()
