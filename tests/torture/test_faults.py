#!/usr/bin/env -S python3 -B
"""Faults of the surroundings, one by one: names that nobody looks up, certificates, folders that cannot be written, syncs that
fail. The program says so and goes on, or ends clean; it never tells a wrong balance."""
import errno
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import lab as lab_module  # noqa: E402
from fakes import Answer, Tls, VendorServer, Webhooks  # noqa: E402
from scenes import SECRETS, discord, kimi  # noqa: E402
from tap import equal, eventually, has, lacks, main, true  # noqa: E402

from strike import EVER, Strike  # noqa: E402
from world import LIBRARY, PROGRAM  # noqa: E402

lab_module.PROGRAM = PROGRAM  # the library and the sanitizers do not go together

EAI_NONAME, EAI_AGAIN = 2, 3


def struck(lab, *kinds, action="fail", first=1, last=EVER, error=0):
    """From now on the lab's programs are struck."""
    strike = Strike(lab.path("strike"))
    strike.arm(kinds, action, first, last, error)
    lab.env.update(LD_PRELOAD=LIBRARY, LOWTIDE_STRIKE=strike.path)
    return strike


def relieve(lab):
    del lab.env["LD_PRELOAD"]


class Scene:
    """One account, one channel; the vendor can be reached by a name instead of a number."""

    def __init__(self, lab, vendor_host="127.0.0.1", lowtide="", amount="12.34"):
        self.lab, self.vendor, self.hooks = lab, VendorServer(lab), Webhooks(lab)
        lab.env.update(SECRETS)
        self.vendor.balance(amount, "0", amount)
        text = kimi(self.vendor).replace("127.0.0.1", vendor_host) + discord(self.hooks)
        lab.config(text, f"schedule = 0 0 1 1 *\ndeadline = 2s\n{lowtide}")

    def run(self, *args, **keys):
        return self.lab.run(*args, "--config", "config.ini", **keys)


def test_a_name_that_nobody_knows_reads_unknown_and_the_channel_hears_it(lab):
    scene = Scene(lab, vendor_host="vendor.test")
    struck(lab, "lookup", error=EAI_NONAME)
    equal(scene.run("update").code, 1, "exit status")
    has(scene.hooks.contents[0], "❔ **Kimi:** unknown (")
    lacks(scene.hooks.contents[0], "$0")
    equal(scene.hooks.alerts, [], "alerts")


def test_a_resolver_that_is_away_reads_unknown(lab):
    scene = Scene(lab, vendor_host="vendor.test")
    struck(lab, "lookup", error=EAI_AGAIN)
    done = scene.run("check")
    equal(done.code, 1, "exit status")
    has(done.out, "unknown (")


def test_a_look_up_that_hangs_holds_up_neither_round_nor_end(lab):
    scene = Scene(lab, vendor_host="vendor.test")
    struck(lab, "lookup", action="hang", error=EAI_AGAIN)
    done = scene.run("check")
    equal(done.code, 1, "exit status")
    has(done.out, "unknown (")
    true(done.seconds < 30, f"took {done.seconds:.1f} s with a deadline of 2 s")


def test_a_hanging_look_up_of_a_vendor_delays_no_other(lab):
    scene = Scene(lab)
    slow = "".join(kimi(scene.vendor, name=f"slow{i}").replace("127.0.0.1", f"vendor{i}.test") for i in range(8))
    lab.config(kimi(scene.vendor) + slow + discord(scene.hooks), "deadline = 2s\n")
    struck(lab, "lookup", action="hang", error=EAI_AGAIN)
    done = scene.run("update")
    true(done.seconds < 30, f"took {done.seconds:.1f} s")
    has(scene.hooks.contents[0], "**Kimi:** $12.34")


def test_a_hanging_look_up_of_a_channel_does_not_keep_the_daemon_from_ending(lab):
    scene = Scene(lab)
    before = lab.read("config.ini")
    lab.write("config.ini", before.replace(f"url = {scene.hooks.url}/api", "url = https://hooks.test/api"))
    struck(lab, "lookup", action="hang", error=EAI_AGAIN)
    daemon = lab.daemon("run", "--config", "config.ini")
    daemon.wait_for("Kimi:")
    time.sleep(0.5)
    code, seconds = daemon.stop()
    equal(code, 0, "exit status")
    true(seconds < 10, f"took {seconds:.1f} s")
    relieve(lab)
    lab.write("config.ini", before)
    again = lab.daemon("run", "--config", "config.ini")
    eventually(lambda: scene.hooks.summaries, "the message that waited")
    equal(again.stop()[0], 0, "exit status")
    equal(len(scene.hooks.summaries), 1, "messages")


def test_a_message_never_goes_to_a_host_with_an_expired_or_strange_certificate(lab):
    tls = Tls(lab)
    vendor = VendorServer(lab)
    lab.env.update(SECRETS)
    for name, context in (("expired", tls.context(days="-1")), ("elsewhere", tls.context("DNS:elsewhere.example"))):
        hooks = Webhooks(lab, context)
        shutil.rmtree(lab.state, ignore_errors=True)
        lab.config(kimi(vendor) + discord(hooks, f"ca_file = {tls.ca}", name), "schedule = 0 0 1 1 *\n")
        daemon = lab.daemon("run", "--config", "config.ini")
        daemon.wait_for(rf"(?i)(certificate|tls).*channel={name}")
        equal(daemon.stop()[0], 0, "exit status")
        equal(hooks.requests, [], f"what the {name} host heard")
        has(lab.run("status", "--config", "config.ini").out, name)


def unprivileged(lab):
    """Words in front of a command so that folders can be closed to it; root may write everywhere."""
    if os.geteuid() != 0:
        return []
    program = shutil.copy(PROGRAM, lab.path("lowtide"))
    for folder, _, names in os.walk(lab.home):
        for path in [folder] + [os.path.join(folder, name) for name in names]:
            os.chown(path, 65534, 65534)
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program]


def run_plainly(lab, words, *args):
    lab.command = words or lab.command
    return lab.run(*args, "--config", "config.ini")


def test_a_state_folder_that_cannot_be_written_is_told_and_changes_nothing(lab):
    scene = Scene(lab, amount="4.20")
    words = unprivileged(lab)
    equal(run_plainly(lab, words, "update").code, 2)
    os.chmod(lab.state, 0o500)
    for name in os.listdir(lab.state):
        if name.startswith("lowtide.db"):
            os.chmod(os.path.join(lab.state, name), 0o400)
    done = run_plainly(lab, words, "update")
    os.chmod(lab.state, 0o700)
    equal(done.code, 1, "exit status")
    has(done.err, "cannot be written")
    equal((len(scene.hooks.alerts), len(scene.hooks.summaries)), (1, 1), "messages")


def test_a_log_folder_that_cannot_be_written_keeps_its_lines_for_later(lab):
    scene = Scene(lab)
    words = unprivileged(lab)
    equal(run_plainly(lab, words, "update").code, 0)
    scene.vendor.balance("12.33", "0", "12.33")  # lines of one second that are the same count as one
    logs = os.path.join(lab.state, "logs")
    os.chmod(os.path.join(logs, "kimi.log"), 0o400)
    os.chmod(logs, 0o500)
    done = run_plainly(lab, words, "update")
    equal(done.code, 1, "exit status")
    has(done.err, "kimi.log")
    os.chmod(logs, 0o700)
    os.chmod(os.path.join(logs, "kimi.log"), 0o600)
    equal(run_plainly(lab, words, "update").code, 0)
    text = lab.read("state", "logs", "kimi.log")
    equal((text.count("Available"), text.count("POSTED")), (3, 3), "lines")
    equal(len(scene.hooks.summaries), 3, "summaries")


def test_a_disk_that_fills_up_stops_no_daemon_and_tells_nothing_twice(lab):
    scene = Scene(lab, lowtide="schedule = @every 1s")
    lab.write("config.ini", lab.read("config.ini").replace("schedule = 0 0 1 1 *\n", ""))
    strike = struck(lab, "write", action="nothing", error=errno.ENOSPC)
    daemon = lab.daemon("run", "--config", "config.ini")
    eventually(lambda: len(scene.hooks.summaries) >= 2, "two summaries")
    strike.arm(("write",), "fail", 1, EVER, errno.ENOSPC)
    daemon.wait_for("the disk is full")
    scene.vendor.balance("4.20", "0", "4.20")
    time.sleep(1.5)
    equal(scene.hooks.alerts, [], "alerts while nothing can be remembered")
    strike.arm(("write",))
    eventually(lambda: scene.hooks.alerts, "the alert once there is space")
    told = len(scene.hooks.summaries)
    eventually(lambda: len(scene.hooks.summaries) > told, "summaries go on")
    equal(daemon.stop()[0], 0, "exit status")
    equal(len(scene.hooks.alerts), 1, "alerts")


def test_a_sync_that_fails_is_told_and_nothing_is_told_that_is_not_on_disk(lab):
    scene = Scene(lab, amount="4.20")
    equal(scene.run("check").code, 2)
    scene.hooks.default = Answer(200, {"id": "7"})
    struck(lab, "sync", error=errno.EIO)
    done = scene.run("update")
    equal(done.code, 1, "exit status")
    true("failed" in done.err or "Input/output error" in done.err, f"says: {done.err}")
    equal(scene.hooks.contents, [], "messages")
    relieve(lab)
    equal(scene.run("update").code, 2, "exit status afterwards")
    equal((len(scene.hooks.alerts), len(scene.hooks.summaries)), (1, 1), "messages afterwards")


if __name__ == "__main__":
    main(at_once=8)
