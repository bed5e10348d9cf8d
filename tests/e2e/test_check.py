#!/usr/bin/env -S python3 -B
"""`lowtide check`: asks, prints, and changes nothing."""
import json
import os
import re
import subprocess

from fakes import Answer, VendorServer, moonshot
from lab import PROGRAM
from scenes import KIMI_KEY, SECRETS, Kimi, kimi
from tap import equal, has, lacks, main, true

FIELDS = ["account", "provider", "label", "level", "unit", "available", "cash", "voucher", "used", "limit", "resets_at", "time",
          "age_seconds", "estimated", "simulated", "error", "runway_seconds", "warning", "critical"]


def test_check_prints_the_summary_and_posts_and_records_nothing(lab):
    scene = Kimi(lab)
    done = scene.run("check")
    equal((done.code, done.out.strip()),
          (0, "📊 **API Balance Summary**\n\n🌙 **Kimi:** $12.34 available (threshold: $5.00)"))
    equal(scene.hooks.requests, [], "requests to the channel")
    true(not os.path.exists(lab.path("state", "logs", "kimi.log")), "check wrote a text log")
    lacks(scene.run("history").out, "12.34", "history")


def test_no_command_is_check(lab):
    scene = Kimi(lab)
    has(lab.run("--config", "config.ini").out, "🌙 **Kimi:** $12.34 available")
    has(lab.run(env={"LOWTIDE_CONFIG": lab.path("config.ini")}).out, "🌙 **Kimi:** $12.34 available")
    _ = scene


def test_one_account_is_a_block_of_its_parts(lab):
    scene = Kimi(lab)
    done = scene.run("check", "kimi")
    equal(done.code, 0)
    equal(done.lines, ["✅ Kimi Balance Check", "💰 Available: $12.34", "🎁 Voucher: $3.45", "💵 Cash: $8.89"])


def test_one_low_account_says_so_first(lab):
    scene = Kimi(lab)
    scene.vendor.balance("4.20", "1.00", "3.20")
    done = scene.run("check", "kimi")
    equal(done.code, 2)
    equal(done.lines, ["⚠️ **Kimi Balance Low!**", "💰 Available: $4.20", "🎁 Voucher: $1.00", "💵 Cash: $3.20"])


def test_json_has_the_contracts_shape(lab):
    scene = Kimi(lab)
    done = scene.run("check", "--json")
    found = json.loads(done.out)
    equal(list(found), ["title", "time", "accounts"])
    equal(found["title"], "API Balance Summary")
    true(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", found["time"]), found["time"])
    account = found["accounts"][0]
    equal(list(account), FIELDS)
    expected = {"account": "kimi", "provider": "moonshot", "label": "Kimi", "level": "ok", "unit": "USD", "available": "12.34",
                "cash": "8.89", "voucher": "3.45", "used": None, "limit": None, "resets_at": None, "estimated": False,
                "simulated": False, "error": None, "runway_seconds": None, "warning": "5", "critical": "1"}
    equal({name: account[name] for name in expected}, expected)
    true(0 <= account["age_seconds"] < 60, f"age {account['age_seconds']}")


def test_update_prints_the_same_json_shape(lab):
    scene = Kimi(lab)
    found = json.loads(scene.update("--json").out)
    equal((list(found), list(found["accounts"][0])), (["title", "time", "accounts"], FIELDS))


def test_an_unknown_reading_is_null_in_json_never_zero(lab):
    scene = Kimi(lab)
    scene.vendor.answer(VendorServer.PATH, 401, "{}")
    done = scene.run("check", "--json")
    account = json.loads(done.out)["accounts"][0]
    equal(done.code, 1)
    equal((account["level"], account["available"], account["error"]["code"]), ("unknown", None, "auth"))
    equal(list(account["error"]), ["code", "detail"])


def test_raw_shows_the_vendors_answer_without_the_key(lab):
    scene = Kimi(lab)
    scene.vendor.answer(VendorServer.PATH, 200, moonshot()[:-1] + f',"echo":"{KIMI_KEY}"}}')
    done = scene.run("check", "--raw")
    has(done.out, '"available_balance":12.34')
    lacks(done.out + done.err, KIMI_KEY)
    has(done.out, "***")


def test_raw_moves_no_cursor_and_leaves_json_whole(lab):
    scene = Kimi(lab)
    scene.vendor.answer(VendorServer.PATH, 500, "\x1b[2Jgone\x07\n")
    lacks(scene.run("check", "--raw").out, "\x1b")
    done = scene.run("check", "--raw", "--json")
    equal(json.loads(done.out)["accounts"][0]["error"]["code"], "server")
    has(done.err, "gone")


def test_an_unknown_account_is_named_with_its_nearest(lab):
    scene = Kimi(lab)
    done = scene.run("check", "kimmi")
    equal(done.code, 1)
    has(done.err, "kimmi")
    has(done.err, "kimi")
    equal(done.out, "")


def test_a_well_known_variable_is_enough(lab):
    vendor = VendorServer(lab)
    lab.env.update(SECRETS)
    done = lab.run("check", "--json", env={"XDG_STATE_HOME": lab.path("xdg")}, timeout=60)
    names = [account["account"] for account in json.loads(done.out)["accounts"]]
    has(names, "moonshot", "accounts made from $MOONSHOT_API_KEY")
    _ = vendor


def test_a_key_without_a_balance_call_is_named_once_and_sent_nowhere(lab):
    scene = Kimi(lab)
    lab.write("auto.ini", lab.read("config.ini").replace("[lowtide]", "[lowtide]\naccounts = auto"))
    done = lab.run("check", "--config", "auto.ini", env={"ANTHROPIC_API_KEY": "sk-ant-api03-planted-anthropic"})
    told = done.out + done.err
    equal(len(re.findall("console only", told)), 1, "mentions of console only")
    has(told, "Anthropic")
    lacks(told, "sk-ant-api03-planted-anthropic")
    _ = scene


def test_colours_only_on_a_terminal_and_never_with_no_color(lab):
    scene = Kimi(lab)
    lacks(scene.run("check").out, "\x1b", "a pipe's output")
    args = ("check", "--config", "config.ini")
    has(lab.run_on_terminal(*args).out, "\x1b[", "a terminal's output")
    plain = lab.run_on_terminal(*args, env={"NO_COLOR": "1"}).out
    equal(re.findall(r"\x1b\[[0-9;]*m", plain), [], "colours in spite of NO_COLOR")


def test_a_second_try_mends_a_passing_fault(lab):
    scene = Kimi(lab)
    scene.vendor.next_answers(Answer(reset=True))
    done = scene.run("check")
    equal(done.code, 0)
    has(done.out, "$12.34 available")


def test_a_closed_or_full_stdout_is_exit_1_and_never_reaches_the_store(lab):
    scene = Kimi(lab)
    scene.update()
    for words in (["check"], ["check", "--json"], ["doctor"], ["--help"], ["check", "--help"], ["history"], ["providers"]):
        args = words if "--help" in words else [*words, "--config", "config.ini"]
        for ends in (">&-", ">&- <&-", ">/dev/full"):
            done = subprocess.run(["sh", "-c", f'exec "$0" "$@" {ends}', PROGRAM, *args], env=lab.env, cwd=lab.home,
                                  capture_output=True, timeout=60, check=False)
            equal((words, ends, done.returncode), (words, ends, 1))
            has(done.stderr.decode(), "standard output does not take the result")
    update = subprocess.run(["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', PROGRAM, "update", "--config", "config.ini"],
                            env=lab.env, cwd=lab.home, timeout=60, check=False)
    equal(update.returncode, 1, "update without any descriptor")
    equal(len(json.loads(scene.run("history", "--json").out)["readings"]), 2)
    equal(len(scene.hooks.posts), 2)


def test_an_account_that_is_configured_and_unknown_is_exit_1(lab):
    scene = Kimi(lab, text="[account hand]\nprovider = manual\n")
    done = scene.run("check")
    has(done.out, "nothing noted yet")
    equal(done.code, 1)


def test_wrong_usage_is_exit_1_and_says_where_help_is(lab):
    for args in (("chekc",), ("check", "--jason"), ("topup",), ("status", "too", "many")):
        done = lab.run(*args)
        equal(done.code, 1, " ".join(args))
        has(done.err, "--help", " ".join(args))
        equal(done.out, "", " ".join(args))


if __name__ == "__main__":
    main()
