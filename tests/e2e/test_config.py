#!/usr/bin/env -S python3 -B
"""A config that is wrong stops the start with FILE:LINE, what is wrong, and the nearest known name."""
import os
import re

from fakes import VendorServer
from scenes import SECRETS, Kimi, kimi
from tap import equal, has, lacks, main, true

GOOD = "[account kimi]\nprovider = moonshot\nkey = sk-planted-literal-key\n"
HOOK = "[channel c]\ntype = discord-webhook\nurl = https://discord.com/api/webhooks/1/abcdef\n"

# text of the config, the line that is named, what else must be said
BROKEN = [
    ("[acount kimi]\nprovider = moonshot\n", 1, "account"),
    ("[account]\nprovider = moonshot\n", 1, ""),
    ("[account ki/mi]\nprovider = moonshot\nkey = x\n", 1, ""),
    ("[lowtide extra]\ntitle = x\n" + GOOD, 1, ""),
    ("[account kimi\nprovider = moonshot\n", 1, ""),
    ("key = x\n" + GOOD, 1, ""),
    (GOOD + "just words\n", 4, ""),
    (GOOD + GOOD, 4, "kimi"),
    ("[lowtide]\ntitle = a\n[lowtide]\nfooter = none\n" + GOOD, 3, "lowtide"),
    ("[account kimi]\nkey = x\n", 1, "provider"),
    ("[account kimi]\nprovidr = moonshot\nkey = x\n", 2, "provider"),
    ("[account kimi]\nprovider = moonshott\nkey = x\n", 2, "moonshot"),
    (GOOD + "warning = five\n", 4, "warning"),
    (GOOD + "warning = 1,23,4\n", 4, "warning"),
    (GOOD + "critical = 1.2.3\n", 4, "critical"),
    (GOOD + "warning_used = lots\n", 4, "warning_used"),
    (GOOD + "warning_percent = 180\n", 4, "warning_percent"),
    (GOOD + "log_format = long\n", 4, "detailed"),
    (GOOD + "base_url = ftp://example.org\n", 4, "base_url"),
    (GOOD + "base_url = nowhere\n", 4, "base_url"),
    (GOOD + "schedule = 61 * * * *\n", 4, "schedule"),
    (GOOD + "stale_after = now\n", 4, "stale_after"),
    (GOOD + "budget = much\n", 4, "budget"),
    (GOOD + "lable = Kimi\n", 4, "label"),
    ("[lowtide]\ntitel = x\n" + GOOD, 2, "title"),
    ("[lowtide]\nschedule = * * * *\n" + GOOD, 2, "schedule"),
    ("[lowtide]\nschedule = @every 0s\n" + GOOD, 2, "schedule"),
    ("[lowtide]\nschedule = @sometimes\n" + GOOD, 2, "schedule"),
    ("[lowtide]\ntimezone = Europe/Berln\n" + GOOD, 2, "timezone"),
    ("[lowtide]\ndeadline = soon\n" + GOOD, 2, "deadline"),
    ("[lowtide]\nkeep = forever\n" + GOOD, 2, "keep"),
    ("[lowtide]\nfooter = long\n" + GOOD, 2, "full"),
    ("[lowtide]\nlog_level = loud\n" + GOOD, 2, "log_level"),
    ("[lowtide]\naccounts = some\n" + GOOD, 2, "accounts"),
    (GOOD + "[channel c]\nurl = https://discord.com/api/webhooks/1/a\n", 4, "type"),
    (GOOD + "[channel c]\ntype = discord-webhok\n", 5, "discord-webhook"),
    (HOOK + "sends = summary, gossip\n" + GOOD, 4, "gossip"),
    (HOOK + "min_level = bad\n" + GOOD, 4, "min_level"),
    (HOOK + "summary_when = never\n" + GOOD, 4, "summary_when"),
    (HOOK + "accounts = nobody\n" + GOOD, 4, "nobody"),
    (HOOK + "mention = peter\n" + GOOD, 4, "mention"),
    ("[account c]\nprovider = command\n", 1, "command"),
    ("[account c]\nprovider = postgres\nhost = localhost\npassword = x\n", 1, "query"),
    ("[recipe mine]\nlabel = Mine\n" + GOOD, 1, ""),
    ("[recipe mine]\nask = GET https://example.org/\navailable = plus plus\n" + GOOD, 3, ""),
    ("[account kimi]\nprovider = moonshot\nkey = ${UNCLOSED\n", 3, ""),
]


def test_each_broken_config_is_exit_1_with_its_file_and_line(lab):
    wrong = []
    for text, line, piece in BROKEN:
        lab.write("config.ini", text)
        done = lab.run("check", "--config", "config.ini")
        named = re.search(r"config\.ini:(\d+): (.*)", done.err)
        if done.code != 1 or done.out or not named or int(named.group(1)) != line or piece not in done.err:
            wrong.append(f"{text!r}\n    should be at line {line} with {piece!r}, exit 1; exit {done.code}: {done.err or done.out!r}")
    equal(wrong, [], f"of {len(BROKEN)} broken configs")


def test_an_unreadable_config_is_exit_1_and_named(lab):
    done = lab.run("check", "--config", "nowhere.ini")
    equal(done.code, 1)
    has(done.err, "nowhere.ini")


def test_the_caller_s_own_config_in_the_folder_is_read_but_no_one_elses(lab):
    scene = Kimi(lab)
    has(lab.run("check").out, "Kimi")
    os.chmod(lab.path("config.ini"), 0o666)
    del lab.env["MOONSHOT_API_KEY"]
    before = len(scene.vendor.requests)
    done = lab.run("check", env={"XDG_STATE_HOME": lab.path("s")})
    equal(len(scene.vendor.requests), before, "requests by a config that everybody may write")
    has(done.err, "config.ini")


def test_the_home_config_is_found(lab):
    scene = Kimi(lab)
    os.makedirs(lab.path(".config", "lowtide"))
    os.rename(lab.path("config.ini"), lab.path(".config", "lowtide", "config.ini"))
    has(lab.run("check").out, "**Kimi:**")
    _ = scene


def test_values_come_from_environment_files_and_credentials(lab):
    vendor = VendorServer(lab)
    lab.env.update(SECRETS)
    lab.write("label.txt", "Von der Datei\nsecond line\n")
    lab.write("credentials/moon", "sk-from-a-credential\n")
    text = kimi(vendor, "emoji = ${MOON:-🌚}").replace("emoji = 🌙\n", "").replace("= Kimi", "= ${file:label.txt} $$5")
    lab.config(text.replace("${MOONSHOT_API_KEY}", "${credential:moon}"))
    done = lab.run("check", "--config", "config.ini", env={"CREDENTIALS_DIRECTORY": lab.path("credentials")})
    has(done.out, "🌚 **Von der Datei $5:** $12.34")
    equal(vendor.requests[0].header("authorization"), "Bearer sk-from-a-credential")


def test_values_of_4_kib_arrive_whole(lab):
    scene = Kimi(lab)
    key = "k" * 4096
    scene.run("check", env={"MOONSHOT_API_KEY": key})
    equal(scene.vendor.requests[0].header("authorization"), f"Bearer {key}")


def test_a_literal_secret_that_others_may_read_is_warned_about(lab):
    vendor = VendorServer(lab)
    path = lab.config(kimi(vendor).replace("${MOONSHOT_API_KEY}", "sk-planted-literal-key"))
    quiet = lab.run("check", "--config", "config.ini")
    os.chmod(path, 0o644)
    loud = lab.run("check", "--config", "config.ini")
    equal((quiet.code, loud.code), (0, 0))
    true(len(loud.err) > len(quiet.err), f"no warning: {loud.err!r}")
    has(loud.err, "config.ini")
    lacks(loud.err, "sk-planted-literal-key")


if __name__ == "__main__":
    main()
