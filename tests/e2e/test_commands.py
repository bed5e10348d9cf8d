#!/usr/bin/env -S python3 -B
"""The other commands, each on the store that the others left."""
import csv
import datetime
import io
import json
import os
import re
import resource
import time

from fakes import Answer, VendorServer
from scenes import KIMI_KEY, Kimi, discord
from tap import equal, has, lacks, main, true


def test_help_and_version(lab):
    done = lab.run("--version")
    equal(done.code, 0)
    true(re.search(r"lowtide \d+\.\d+\.\d+", done.out), done.out)
    done = lab.run("--help")
    equal(done.code, 0)
    for command in ("check", "update", "run", "status", "history", "forecast", "set", "topup", "push", "replay", "guard", "mute", "unmute", "ack", "usage", "register", "cleanup", "import",
                    "doctor", "providers", "test"):
        true(re.search(rf"^ +{command}\b", done.out, re.M), f"--help lacks {command}")
        alone = lab.run(command, "--help")
        equal(alone.code, 0, f"{command} --help")
        has(alone.out, f"lowtide {command}")
        equal(lab.run("help", command).out, alone.out, f"help {command}")
    equal((lab.run("help").out, lab.run("help", "help").out), (done.out, done.out))
    equal(lab.run("help", "monitor").out, lab.run("run", "--help").out, "by its other name")
    asked = lab.run("help", "mut")
    equal((asked.code, asked.out), (1, ""))
    has(asked.err, 'there is no command "mut"')
    has(asked.err, "mute")


def test_help_lists_what_can_be_asked_in_a_chat(lab):
    out = lab.run("help").out
    true(re.search(r"^In a chat \(Discord, Slack\):\n  /balance \[ACCOUNT\] \[public\]  +what is left", out, re.M), out)
    has(out, "  /lowtide mute ACCOUNT [SPAN] ")


def test_an_amount_in_another_currency_is_not_taken_for_ours(lab):
    lab.config("[account notes]\nprovider = manual\n[account euro]\nprovider = manual\nunit = EUR\n")
    for name, amount, other in (("notes", "€20", "€"), ("notes", "20 eur", "eur"), ("euro", "$20", "$")):
        for command in ("set", "topup"):
            done = lab.run(command, name, amount, "--config", "config.ini")
            equal((done.code, done.out), (1, ""))
            has(done.err, f"{name} is kept in {'EUR' if name == 'euro' else 'USD'}, not in {other}")
    equal(lab.run("set", "euro", "20€", "--config", "config.ini").out, "euro: €20.00 noted\n")
    has(lab.run("topup", "euro", "5", "eur", "--config", "config.ini").out, "€25.00 noted")


def test_set_and_topup_are_seen_by_the_next_process(lab):
    lab.config("[account notes]\nprovider = manual\nlabel = OpenAI\nemoji = 🔮\n")
    equal(lab.run("set", "notes", "10.00", "--config", "config.ini").code, 0)
    equal(lab.run("topup", "notes", "5.29", "--config", "config.ini").code, 0)
    done = lab.run("check", "--config", "config.ini")
    equal(done.code, 0)
    has(done.out, "🔮 **OpenAI:** ≈ $15.29 (noted 20")
    account = json.loads(lab.run("check", "--json", "--config", "config.ini").out)["accounts"][0]
    equal((account["available"], account["estimated"]), ("15.29", True))


def test_what_is_pushed_is_seen_by_the_next_process(lab):
    lab.config("[account claude]\nprovider = push\nlabel = Claude\nemoji = 💳\n[account notes]\nprovider = manual\n")

    def push(text, *args):
        return lab.run("push", *args, "--config", "config.ini", stdin=text.encode())

    def balance():
        return json.loads(lab.run("check", "claude", "--json", "--config", "config.ini").out)["accounts"][0]

    done = lab.run("check", "claude", "--config", "config.ini")
    equal(done.code, 1, "nothing handed in yet")
    has(done.out, "lowtide push claude")
    done = push("8.07\n", "claude")
    equal((done.code, done.out), (0, "Claude: $8.07 handed in\n"))
    has(lab.run("check", "--config", "config.ini").out, "💳 **Claude:** $8.07 (threshold: $5.00)")
    path = lab.write("balance.json", '{"available":"12.34","unit":"USD","cash":8.89,"voucher":"3.45",'
                                     '"time":"2026-01-29T09:00:00Z"}')
    done = push("", "claude", path)
    equal(done.code, 0, "an older one")
    has(done.out, "Claude: not taken, $8.07 of 20")
    equal(balance()["available"], "8.07")
    equal(push('{"available":"12.34","cash":8.89,"voucher":"3.45"}', "claude", "-").code, 0)
    found = balance()
    equal((found["available"], found["cash"], found["voucher"], found["estimated"]), ("12.34", "8.89", "3.45", False))
    for text, args, sentence in (
            ("eight", ["claude"], '"eight" is not an amount'), ("", ["claude"], "nothing was handed in"),
            ('{"available":1,"time":"2099-01-01T00:00:00Z"}', ["claude"], "is in the future"),
            ('{"available":1,"unit":"CNY"}', ["claude"], "this account is in USD"),
            ("1", ["claud"], 'did you mean "claude"?'), ("1", ["notes"], "provider = push"),
            ("1", ["claude", "8.07"], "echo 8.07 | lowtide push claude")):
        done = push(text, *args)
        equal(done.code, 1, f"{text!r} {args}")
        has(done.err, sentence)
    equal(balance()["available"], "12.34", "what was refused changed nothing")


def test_what_was_pushed_long_ago_is_stale(lab):
    lab.config("[account claude]\nprovider = push\n")
    equal(lab.run("push", "claude", "--config", "config.ini",
                  stdin=b'{"available":5,"time":"2026-01-29T09:00:00Z"}').code, 0)
    done = lab.run("check", "--json", "--config", "config.ini")
    equal(done.code, 1)
    equal(json.loads(done.out)["accounts"][0]["error"]["code"], "stale")


def test_a_bad_amount_is_refused_and_changes_nothing(lab):
    lab.config("[account notes]\nprovider = manual\n")
    equal(lab.run("set", "notes", "10", "--config", "config.ini").code, 0)
    for amount in ("ten", "1e400", "", "1,2,3"):
        equal(lab.run("set", "notes", amount, "--config", "config.ini").code, 1, f"set {amount!r}")
    account = json.loads(lab.run("check", "--json", "--config", "config.ini").out)["accounts"][0]
    equal(account["available"], "10")


OLD_SHORT = """[2026-01-29 09:00:00] Claude: $8.07
[2026-01-29 09:00:00] POSTED: 💳 Claude Balance: $8.07
[2026-01-29 10:00:00] Claude: unknown (HTTP 503)
[2026-01-29 11:00:00] Claude: $7.50
"""
OLD_DETAILED = "2026-01-29 09:00:00 | Available: $12.34 | Voucher: $3.45 | Cash: $8.89\n" \
               "2026-01-29 10:00:00 | Available: $12.00 | Voucher: $3.45 | Cash: $8.55\n"


def test_import_takes_both_formats_and_twice_is_once(lab):
    scene = Kimi(lab)
    scene.configure(text="[account claude]\nprovider = manual\nlabel = Claude\n")
    short, detailed = lab.write("claude.log", OLD_SHORT), lab.write("kimi.log", OLD_DETAILED)
    equal(scene.run("import", short).code, 0, "by the label of the lines")
    equal(scene.run("import", "--account", "kimi", detailed).code, 0)
    first = scene.run("history", "--since", "50y", "--csv").out
    has(first, "8.07")
    has(first, "12.34")
    equal(scene.run("import", "--account", "kimi", detailed).code, 0, "again")
    equal(scene.run("import", short).code, 0, "again")
    equal(scene.run("history", "--since", "50y", "--csv").out, first, "history after the second import")


def test_what_is_imported_is_judged_and_what_is_not_is_counted_by_line(lab):
    lab.config("[account claude]\nprovider = manual\nlabel = Claude\n")
    log = lab.write("old.log", "[2026-01-29 09:00:00] Claude: $8.07\n[2026-01-29 10:00:00] Other: $3.00\n"
                               "[2026-01-29 11:00:00] Claude: -$3.20\n")
    done = lab.run("import", log, "--config", "config.ini")
    has(done.err, "the first is line 2")
    rows = list(csv.DictReader(io.StringIO(lab.run("history", "--since", "50y", "--csv", "--config", "config.ini").out)))
    equal([row["level"] for row in rows], ["ok", "critical"])


def test_what_is_used_is_not_told_as_what_is_left(lab):
    lab.config("[account spent]\nprovider = command\ncommand = echo '{\"used\":292.02,\"unit\":\"USD\"}'\n")
    equal(lab.run("update", "--config", "config.ini").code, 0)
    for command in ("history", "status", "doctor"):
        has(lab.run(command, "--config", "config.ini").out, "$292.02 used", command)


def test_history_tells_what_update_recorded(lab):
    scene = Kimi(lab)
    scene.update()
    scene.vendor.balance("11.00", "3.00", "8.00")
    scene.update()
    for piece in ("12.34", "11.00"):
        has(scene.run("history").out, piece, "history")
    rows = list(csv.DictReader(io.StringIO(scene.run("history", "--csv").out)))
    equal([row["available"] for row in rows], ["12.34", "11"], "csv")
    equal([(row["error"], row["estimated"], row["simulated"]) for row in rows], [("", "false", "false")] * 2, "csv")
    found = json.loads(scene.run("history", "kimi", "--json", "--since", "1").out)
    has(json.dumps(found), '"12.34"')
    lacks(scene.run("history", "--since", "1s", "--csv").out.replace("\n", "") or "none", "no such text")


def hourly_log(days, left, an_hour):
    """A text log up to the last full hour, at which so much is left."""
    now = int(time.time()) // 3600 * 3600
    lines = []
    for back in range(days * 24, -1, -1):
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now - back * 3600))
        lines.append(f"[{when}] Claude: ${left + back * an_hour:.2f}\n")
    return "".join(lines)


def test_forecast_tells_burn_and_dry_date_where_the_history_allows_it(lab):
    lab.config("[account claude]\nprovider = manual\nlabel = Claude\n[account empty]\nprovider = manual\n")
    lab.steady()
    log = lab.write("claude.log", hourly_log(12, 60, 0.5))
    equal(lab.run("forecast", "--config", "config.ini").code, 1, "without a store")
    equal(lab.run("import", "--account", "claude", log, "--config", "config.ini").code, 0)
    done = lab.run("forecast", "--json", "--config", "config.ini")
    equal(done.code, 0)
    claude, empty = json.loads(done.out)["accounts"]
    equal(list(claude), ["account", "unit", "burn_per_day", "runway_seconds", "runway_low_seconds", "runway_high_seconds",
                         "dry_at"])
    equal(claude["unit"], "USD")
    true(11.9 < float(claude["burn_per_day"]) < 12.1, claude)
    true(117 < claude["runway_seconds"] / 3600 < 121, claude)
    true(claude["runway_low_seconds"] < claude["runway_seconds"] < claude["runway_high_seconds"], claude)
    true(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", claude["dry_at"]), claude)
    equal([empty[key] for key in list(claude)[2:]], [None] * 5)
    text = lab.run("forecast", "--config", "config.ini").out
    for piece in ("$60.00", "$12.00", "~4d ", "not enough history to tell"):
        has(text, piece)
    lacks(lab.run("forecast", "claude", "--config", "config.ini").out, "empty  ")
    equal(lab.run("forecast", "nobody", "--config", "config.ini").code, 1)


def test_usage_tells_people_and_programs_what_was_spent(lab):
    now = datetime.datetime.now(datetime.timezone.utc)
    lines = [f"[{(now - datetime.timedelta(hours=h)).strftime('%Y-%m-%d %H:%M:%S')}] Kimi: ${20 + h / 4:.2f}" for h in range(240, 0, -1)]
    scene = Kimi(lab, text="[account plan]\nprovider = push\n")
    equal(scene.run("import", "--account", "kimi", lab.write("old.log", "\n".join(lines) + "\n")).code, 0)
    has(scene.run("usage", "kimi", "2d").out, "🌙 **Kimi:** $11.75 in 2 days\n")
    done = scene.run("usage", "--json", "2d")
    equal((done.code, done.err), (0, ""))
    found = json.loads(done.out)
    kimi, plan = found["accounts"]
    equal((kimi["account"], kimi["unit"], kimi["span"]["spent"], kimi["span"]["topped_up"]), ("kimi", "USD", "11.75", "0"))
    equal(plan["span"]["spent"], None, "what is not known is null")
    equal(found["sums"], [{"unit": "USD", "accounts": 1, "span": "11.75"}])
    begin = datetime.datetime.fromisoformat(kimi["span"]["since"].replace("Z", "+00:00"))
    true(abs((now - begin).total_seconds() - 2 * 86400) < 60, begin)
    equal(set(json.loads(scene.run("usage", "--json").out)["accounts"][0]), {"account", "unit", "simulated", "today", "week", "month"})


def test_cleanup_keeps_the_newest(lab):
    scene = Kimi(lab)
    detailed = lab.write("kimi.log", OLD_DETAILED)
    equal(scene.run("import", "--account", "kimi", detailed).code, 0)
    scene.update()
    equal(scene.run("cleanup", "--keep", "1d").code, 0)
    rows = list(csv.DictReader(io.StringIO(scene.run("history", "--since", "50y", "--csv").out)))
    equal([row["available"] for row in rows], ["12.34"], "what is left")


def test_status_tells_accounts_channels_and_rounds(lab):
    scene = Kimi(lab)
    equal(scene.run("status").code, 1, "before anything")
    scene.update()
    done = scene.run("status")
    equal(done.code, 1, "no daemon runs")
    has(done.out, "kimi")
    has(done.out, "peter-chat")
    true(isinstance(json.loads(scene.run("status", "--json").out), dict), "status --json")


def test_status_shows_what_was_refused_and_why(lab):
    scene = Kimi(lab)
    scene.hooks.default = Answer(401, {"message": "401: Unauthorized", "code": 0})
    scene.update()
    told = scene.run("status").out
    true(re.search(r"(?m)^peter-chat .* 0 +1 ", told), told)


def test_doctor_has_one_line_each_with_the_mend(lab):
    scene = Kimi(lab)
    done = scene.run("doctor")
    for piece in ("kimi", "peter-chat", "store", "clock", "config"):
        has(done.out.lower(), piece, "doctor")
    equal(done.code, 0, "exit status when all is well")
    equal([post for post in scene.hooks.posts], [], "doctor says nothing in the channel")
    scene.vendor.answer(VendorServer.PATH, 401, "{}")
    scene.hooks.default = Answer(404, {"message": "Unknown Webhook", "code": 10015})
    done = scene.run("doctor")
    equal(done.code, 1, "exit status when something is wrong")
    has(done.out, "401")


def test_doctor_tells_programs_the_same(lab):
    scene = Kimi(lab)
    scene.vendor.answer("/v1/users/me/balance", 401, {"error": {"message": KIMI_KEY}})
    done = scene.run("doctor", "--json")
    equal(done.code, 1)
    lacks(done.out, KIMI_KEY)
    found = json.loads(done.out)
    equal(found["faults"], len([one for one in found["findings"] if one["state"] == "fault"]))
    marks = {"fine": "✅", "fault": "❌", "note": "➖"}
    lines = [f"{marks[one['state']]} {one['what']}: {one['said']}" + (f" → {one['mend']}" if one["mend"] else "") for one in found["findings"]]
    equal([line for line in lines if "clock" not in line], [line for line in scene.run("doctor").lines if "clock" not in line])
    has([one["what"] for one in found["findings"] if one["state"] == "fault"], "kimi")


def test_doctor_sees_a_full_disk(lab):
    scene = Kimi(lab)
    scene.update()
    has(scene.run("doctor").out, "✅ text logs: 1 can be written")
    size, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    done = scene.run("doctor")
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    equal(done.code, 1)
    has(done.out, f"❌ state folder: {lab.state}: the disk is full → free some space")
    equal([name for name in os.listdir(lab.state) if "doctor" in name], [], "left behind")


def test_doctor_sees_logs_that_cannot_be_written(lab):
    os.mkfifo(lab.path("pipe"))
    lab.write("file", "")
    for path, said in ((lab.home, "Is a directory → "), (lab.path("pipe"), "Invalid argument → "), ("/dev/null", "not a file → "),
                       ("/proc/lowtide/x.log", "→ make it yours, or set another `log`"), (lab.path("file/x.log"), "Not a directory → ")):
        done = Kimi(lab, account=f"log = {path}").run("doctor")
        equal(done.code, 1, path)
        line = [line for line in done.out.splitlines() if line.startswith("❌ text log of kimi: ")]
        equal(len(line), 1, done.out)
        has(line[0], said)
    lab.write("fine.log", "one\n")
    for path in (lab.path("fine.log"), lab.path("new/folders/x.log")):
        done = Kimi(lab, account=f"log = {path}").run("doctor")
        equal(done.code, 0, done.out)
        has(done.out, "✅ text logs: 1 can be written")
    equal(lab.read("fine.log"), "one\n")
    true(not os.path.exists(lab.path("new")), "doctor makes nothing")


def test_providers_lists_all_and_one_with_a_block_to_paste(lab):
    done = lab.run("providers")
    equal(done.code, 0)
    for name in ("moonshot", "openrouter", "deepseek", "postgres", "manual", "command"):
        has(done.out, name)
    has(done.out, "MOONSHOT_API_KEY")
    one = lab.run("providers", "moonshot")
    block = re.search(r"^\[account .*?(?=\n\n|\Z)", one.out, re.S | re.M)
    true(block, f"no block to paste: {one.out}")
    lab.write("config.ini", block.group(0) + "\n")
    done = lab.run("status", "--config", "config.ini", env={"MOONSHOT_API_KEY": "x", "XDG_STATE_HOME": lab.path("s")})
    lacks(done.err, "config.ini:", "the pasted block")
    equal(lab.run("providers", "moonshoot").code, 1)


def test_what_providers_print_can_be_pasted_whole(lab):
    names = [each["name"] for each in json.loads(lab.run("providers", "--json").out)["providers"]]
    true(len(names) > 50, names)
    lab.write("config.ini", "\n".join(lab.run("providers", name).out for name in names))
    done = lab.run("status", "--config", "config.ini", env={"XDG_STATE_HOME": lab.path("s")})
    lacks(done.err, "config.ini:", "the pasted blocks")
    for name in names:
        has(done.out, name)


def test_what_no_vendor_documents_is_marked(lab):
    listed = lab.run("providers").out
    true(re.search(r"^zhipu .*not documented \(seen in code\) +20\d\d-\d\d$", listed, re.M), listed)
    true(re.search(r"^chutes .*not documented \(medium\) +20\d\d-\d\d$", listed, re.M), listed)
    true(re.search(r"^deepseek .* documented +20\d\d-\d\d$", listed, re.M), listed)
    has(lab.run("providers", "zhipu").out, "; how sure: not documented (seen in code), as of 20")
    server = VendorServer(lab)
    server.answer("/api/profile/balance", 200, json.dumps({"balance": 6.15}))
    lab.config(f"[account kilo]\nprovider = kilo\nbase_url = {server.url}\nkey = sk-kilo-1\n")
    has(lab.run("doctor", "--config", "config.ini").out, "$6.15, by a call that is not documented (seen in code), as of 20")


def test_test_sends_one_labelled_message(lab):
    scene = Kimi(lab)
    done = scene.run("test", "peter-chat")
    equal((done.code, len(scene.hooks.contents)), (0, 1))
    has(scene.hooks.contents[0].lower(), "test")
    equal(scene.run("test", "nobody").code, 1)
    equal(len(scene.hooks.contents), 1)


def test_results_go_to_stdout_and_errors_to_stderr(lab):
    scene = Kimi(lab)
    done = scene.run("check")
    equal(done.err, "", "stderr of a check that went well")
    lab.write("config.ini", "[nonsense]\n")
    done = lab.run("check", "--config", "config.ini")
    equal(done.out, "", "stdout of a check that failed")
    _ = discord


def test_a_result_that_nobody_takes_is_no_success(lab):
    import subprocess
    from lab import PROGRAM
    Kimi(lab)
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([PROGRAM, "check", "--config", "config.ini"], env=lab.env, cwd=lab.home, stdout=full,
                              stderr=subprocess.PIPE, check=False)
    equal(done.returncode, 1)


if __name__ == "__main__":
    main()
