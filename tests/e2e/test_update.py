#!/usr/bin/env -S python3 -B
"""`lowtide update`: one full round, posted, logged and told by its exit status."""
import json
import os

from fakes import Answer, Nobody, Postgres, Tls, VendorServer, Webhooks, moonshot
from scenes import SECRETS, Kimi, discord, kimi, timeless
from tap import equal, has, lacks, main, true

SUMMARY = """📊 **API Balance Summary**

💳 **Claude:** $8.07 (threshold: $5.00)
🌙 **Kimi:** $12.34 available (threshold: $5.00)"""


def json_of(result):
    return json.loads(result.out)


def claude_and_kimi(lab):
    database, vendor, hooks = Postgres.get(), VendorServer(lab), Webhooks(lab)
    database.reserve(lab)
    lab.env.update(SECRETS)
    lab.config(database.account(extra="label = Claude\nemoji = 💳\nlog = ~/.config/claude/balance-log.txt\n")
               + kimi(vendor, "log = ~/.config/moonshot/balance-log.txt") + discord(hooks))
    return database, vendor, hooks


def test_claude_from_postgresql_and_kimi_post_the_summary_byte_for_byte(lab):
    database, _, hooks = claude_and_kimi(lab)
    database.claude("8.07")
    done = lab.run("update", "--config", "config.ini")
    equal(done.code, 0, "exit status")
    equal(hooks.contents, [SUMMARY], "what was posted")
    equal(done.out.strip(), SUMMARY, "what was printed")
    post = hooks.posts[0].json
    equal(post["flags"], 4096, "a summary does not notify")
    true("embeds" not in post, "a summary is plain content, no embed")
    equal(post["allowed_mentions"]["parse"], [], "nobody is pinged")


def test_both_log_formats_are_written_byte_for_byte(lab):
    database, _, _ = claude_and_kimi(lab)
    database.claude("8.07")
    equal(lab.run("update", "--config", "config.ini").code, 0, "exit status")
    equal(timeless(lab.read(".config/claude/balance-log.txt")),
          "[TIME] Claude: $8.07\n[TIME] POSTED: 💳 Claude Balance: $8.07\n")
    equal(timeless(lab.read(".config/moonshot/balance-log.txt")),
          "TIME | Available: $12.34 | Voucher: $3.45 | Cash: $8.89\n"
          "[TIME] POSTED: 🌙 Kimi Balance: $12.34 (voucher: $3.45, cash: $8.89)\n")
    equal(os.stat(lab.path(".config/claude/balance-log.txt")).st_mode & 0o777, 0o600, "the log's mode")


def test_below_five_the_summary_warns_and_the_exit_status_is_2(lab):
    database, vendor, hooks = claude_and_kimi(lab)
    database.claude("4.99")
    vendor.balance("4.20", "1.00", "3.20")
    done = lab.run("update", "--config", "config.ini")
    equal(done.code, 2, "exit status")
    equal(hooks.summaries, ["📊 **API Balance Summary**\n\n⚠️ **Claude:** $4.99 (threshold: $5.00)\n"
          "⚠️ **Kimi:** $4.20 available (threshold: $5.00)\n\n💳 ⚠️ Claude credits low!\n🌙 ⚠️ Kimi credits low!"])
    equal(hooks.alerts, ["**2 accounts need attention**\n\n⚠️ Claude credits low! Available: $4.99\n"
                         "⚠️ Kimi credits low! Available: $4.20 (voucher: $1.00, cash: $3.20)"])
    has(timeless(lab.read(".config/moonshot/balance-log.txt")), "[TIME] ALERT: 🌙 ⚠️ Kimi credits low!\n")


def test_exactly_five_is_not_low(lab):
    scene = Kimi(lab)
    scene.vendor.balance("5.00", "5.00", "0")
    equal(scene.update().code, 0)
    lacks(scene.hooks.contents[0], "⚠️")


def test_a_hair_below_five_is_low(lab):
    scene = Kimi(lab)
    scene.vendor.balance("4.999999999", "0", "4.999999999")
    equal(scene.update().code, 2)


def test_below_one_is_critical_and_pings_who_is_named(lab):
    scene = Kimi(lab, channel="mention = role:1234")
    scene.vendor.balance("0.50", "0", "0.50")
    equal(scene.update().code, 2)
    has(scene.hooks.summaries[0], "🚨 **Kimi:** $0.50 available (threshold: $5.00)\n\n🌙 🚨 Kimi credits critical!")
    lacks(scene.hooks.summaries[0], "<@&1234>", "the summary")
    has(scene.hooks.alerts[0], "<@&1234>")
    alert = next(post.json for post in scene.hooks.posts if "<@&1234>" in post.json["content"])
    equal((alert["allowed_mentions"].get("roles"), alert.get("flags", 0)), (["1234"], 0))


def test_debt_is_told_as_debt(lab):
    scene = Kimi(lab)
    scene.vendor.balance("-3.20", "0", "-3.20")
    equal(scene.update().code, 2)
    has(scene.hooks.summaries[0], "🚨 **Kimi:** -$3.20 available")


def test_an_alert_is_told_once_and_its_recovery_too(lab):
    scene = Kimi(lab)
    scene.vendor.balance("4.20", "1.00", "3.20")
    equal([scene.update().code, scene.update().code], [2, 2])
    equal(len(scene.hooks.alerts), 1, "alerts after two low rounds")
    scene.vendor.balance("25.00", "0", "25.00")
    equal(scene.update().code, 0)
    equal(scene.update().code, 0)
    equal(len(scene.hooks.alerts), 2, f"an alert and a recovery: {scene.hooks.alerts}")


def test_money_is_exact_to_the_last_digit(lab):
    scene = Kimi(lab)
    scene.vendor.answer(VendorServer.PATH, 200, moonshot("82.591784481", "0.1", "82.491784481"))
    account = json_of(scene.run("check", "--json"))["accounts"][0]
    equal((account["available"], account["voucher"], account["cash"]), ("82.591784481", "0.1", "82.491784481"))


# path in front of the vendor's own: (answer, the code that the reading gets)
FAULTS = {
    "s401": (Answer(401, {"error": {"message": "Invalid Authentication"}}), "auth"),
    "s402": (Answer(402, "{}"), "forbidden"),
    "s403": (Answer(403, "{}"), "forbidden"),
    "s404": (Answer(404, "{}"), "unsupported"),
    "s410": (Answer(410, "{}"), "unsupported"),
    "s429": (Answer(429, "{}", {"Retry-After": "60"}), "rate_limited"),
    "s500": (Answer(500, "oops"), "server"),
    "s503": (Answer(503, "{}"), "server"),
    "s418": (Answer(418, "{}"), "server"),
    "reset": (Answer(reset=True), "network"),
    "half": (Answer(200, moonshot(), half=True), "network"),
    "slow": (Answer(200, moonshot(), delay=120), "timeout"),
    "html": (Answer(200, "<html>maintenance</html>", {"Content-Type": "text/html"}), "malformed"),
    "empty": (Answer(200, ""), "malformed"),
    "shape": (Answer(200, '{"code":0,"data":{},"status":true}'), "malformed"),
    "words": (Answer(200, moonshot('"plenty"')), "malformed"),
    "nan": (Answer(200, moonshot("NaN")), "malformed"),
    "trailing": (Answer(200, moonshot() + "x"), "malformed"),
    "twice": (Answer(200, moonshot().replace('"code":0', '"code":0,"code":0')), "malformed"),
    "huge-number": (Answer(200, moonshot("1e300")), "malformed"),
    "big": (Answer(200, moonshot() + " " * (2 << 20)), "malformed"),
    "elsewhere": (Answer(302, "", {"Location": "http://127.0.0.2:9/v1"}), "malformed"),
    "garbage": (Answer(raw=b"SSH-2.0-OpenSSH\r\n"), "malformed"),
}


def test_each_fault_reads_unknown_with_its_code_and_the_others_are_told_in_time(lab):
    vendor, hooks = VendorServer(lab), Webhooks(lab)
    lab.env.update(SECRETS)
    text = kimi(vendor)
    for name, (answer, _) in FAULTS.items():
        vendor.answers[f"/{name}{VendorServer.PATH}"] = answer
        text += kimi(vendor, name=name).replace(vendor.url, f"{vendor.url}/{name}").replace("label = Kimi", f"label = {name}")
    lab.config(text + discord(hooks), "deadline = 6s\nschedule = 0 0 1 1 *\n")
    done = lab.run("update", "--json", "--config", "config.ini")
    equal(done.code, 1, "exit status: unknown, but nothing low")
    true(done.seconds < 60, f"a hanging vendor held up the round: {done.seconds:.1f} s")
    accounts = {account["account"]: account for account in json_of(done)["accounts"]}
    equal(accounts["kimi"]["available"], "12.34", "the healthy one")
    found = {name: (accounts[name]["error"] or {}).get("code") for name in FAULTS}
    equal({name: code for name, code in found.items() if code != FAULTS[name][1]}, {}, "codes that are not as told")
    for name in FAULTS:
        account = accounts[name]
        equal((account["level"], account["available"], account["used"]), ("unknown", None, None), name)
        true(account["error"]["detail"], f"{name} has no detail")
    said = "\n".join(hooks.contents)
    has(said, "❔ **s503:** unknown (HTTP 503)")
    has(said, "❔ **slow:** unknown (timed out after 6 s)")
    lacks(said, "$0.00")


def test_a_vendor_that_is_not_there_is_network_and_a_plain_one_behind_https_is_tls(lab):
    vendor = VendorServer(lab)
    lab.env.update(SECRETS)
    lab.config(kimi(Nobody(lab), name="gone") + kimi(vendor, name="plain").replace("http://", "https://"))
    accounts = json_of(lab.run("check", "--json", "--config", "config.ini"))["accounts"]
    equal([account["error"]["code"] for account in accounts], ["network", "tls"])


def test_certificates_are_checked(lab):
    tls = Tls(lab)
    right, wrong = VendorServer(lab, tls.context()), VendorServer(lab, tls.context("DNS:elsewhere.example"))
    old = VendorServer(lab, tls.context(days="-1"))
    lab.env.update(SECRETS)
    lab.config(kimi(right, f"ca_file = {tls.ca}", "right") + kimi(right, name="stranger")
               + kimi(wrong, f"ca_file = {tls.ca}", "wrong-name") + kimi(old, f"ca_file = {tls.ca}", "expired"))
    accounts = json_of(lab.run("check", "--json", "--config", "config.ini"))["accounts"]
    equal([(account["error"] or {}).get("code") for account in accounts], [None, "tls", "tls", "tls"])
    equal(accounts[0]["available"], "12.34")


def test_postgresql_faults_read_unknown_with_their_codes(lab):
    database = Postgres.get()
    database.sql("DROP TABLE IF EXISTS old; CREATE TABLE old (b numeric, t timestamptz);"
                 "INSERT INTO old VALUES (7, now() - interval '3 days')")
    lab.env.update(SECRETS)
    queries = {"typo": ("SELEC 1", "database"), "no-row": ("SELECT 1 WHERE false", "malformed"),
               "null": ("SELECT NULL", "malformed"),
               "words": ("SELECT 'plenty'", "malformed"), "old": ("SELECT b, t FROM old", "stale"),
               "slow": ("SELECT 1 FROM pg_sleep(20)", "timeout"), "fine": ("SELECT 8.07", None)}
    lab.config("".join(database.account(name, query) for name, (query, _) in queries.items()), "deadline = 5s\n")
    accounts = json_of(lab.run("check", "--json", "--config", "config.ini"))["accounts"]
    found = {account["account"]: (account["error"] or {}).get("code") for account in accounts}
    true(found.pop("no-row") in ("malformed", "database"), "no row is unknown")
    true(found.pop("null") in ("malformed", "database"), "NULL is unknown")
    equal(found, {name: code for name, (_, code) in queries.items() if name not in ("no-row", "null")})


def test_commands_fail_as_commands(lab):
    names = {"fine": ("echo 12.34", None), "fails": ("false", "command"), "missing": ("/no/such/program", "command"),
             "talks": ("echo plenty", "malformed"), "hangs": ("sleep 20", "timeout")}
    lab.config("".join(f"[account {name}]\nprovider = command\ncommand = {words}\n" for name, (words, _) in names.items()),
               "deadline = 5s\n")
    accounts = json_of(lab.run("check", "--json", "--config", "config.ini"))["accounts"]
    equal({a["account"]: (a["error"] or {}).get("code") for a in accounts}, {name: code for name, (_, code) in names.items()})


def test_an_unknown_account_keeps_its_last_balance_in_the_line(lab):
    scene = Kimi(lab)
    equal(scene.update().code, 0)
    scene.vendor.answer(VendorServer.PATH, 503, "{}")
    equal(scene.update().code, 1, "exit status")
    has(scene.hooks.contents[1], "❔ **Kimi:** unknown (HTTP 503) — last $12.34, ")
    has(scene.log, "[TIME] Kimi: unknown (HTTP 503)\n")


def test_a_low_account_beside_an_unknown_one_is_exit_2(lab):
    scene = Kimi(lab)
    scene.vendor.balance("2", "0", "2")
    scene.configure(text=kimi(scene.vendor, name="other").replace(scene.vendor.url, scene.vendor.url + "/none"))
    equal(scene.update().code, 2)


def test_a_missing_secret_stops_nothing_and_is_in_no_post(lab):
    scene = Kimi(lab)
    other = kimi(scene.vendor, name="other").replace("MOONSHOT_API_KEY", "NOT_THERE")
    scene.configure(text=other.replace("label = Kimi", "label = Other"))
    done = scene.update()
    equal(done.code, 0, "exit status")
    equal(len(scene.hooks.contents), 1)
    lacks(scene.hooks.contents[0], "Other")
    has(scene.run("check").out + scene.run("check").err, "NOT_THERE", "check")


def test_only_accounts_without_their_secret_are_exit_1(lab):
    scene = Kimi(lab)
    del lab.env["MOONSHOT_API_KEY"]
    equal(scene.update().code, 1)


def test_a_channel_that_refuses_is_exit_1_and_kept_in_status(lab):
    scene = Kimi(lab)
    scene.hooks.default = Answer(404, {"message": "Unknown Webhook", "code": 10015})
    equal(scene.update().code, 1, "exit status")
    status = scene.run("status")
    has(status.out, "peter-chat")
    lacks(scene.log, "POSTED")


def test_a_channel_that_stumbles_once_gets_its_message(lab):
    scene = Kimi(lab)
    scene.hooks.next_answers(Answer(502, "bad gateway"))
    equal(scene.update().code, 0, "exit status")
    equal(len(scene.hooks.posts), 2, "tries")
    has(scene.log, "POSTED")


def test_a_dead_channel_does_not_delay_the_other(lab):
    scene = Kimi(lab)
    other = Webhooks(lab)
    other.default = Answer(204, delay=60)
    scene.configure(text=discord(other, name="dead"))
    scene.update(timeout=60)
    true(scene.hooks.posts and other.requests, "both were asked")
    true(abs(scene.hooks.posts[0].time - other.requests[0].time) < 20, "the healthy channel waited for the dead one")


def test_discord_says_when_to_come_back(lab):
    scene = Kimi(lab)
    scene.hooks.next_answers(Answer(429, {"message": "You are being rate limited.", "retry_after": 1.5, "global": False},
                                    {"Retry-After": "2"}))
    equal(scene.update().code, 0, "exit status")
    first, second = scene.hooks.posts
    true(second.time - first.time >= 1.4, f"came back after {second.time - first.time:.1f} s")


def test_slack_takes_the_summary_too(lab):
    scene = Kimi(lab)
    scene.configure(text=f"[channel slack]\ntype = slack-webhook\nurl = {scene.hooks.slack}\n")
    equal(scene.update().code, 0)
    posts = [post for post in scene.hooks.posts if post.path.startswith("/services/")]
    equal(len(posts), 1, "posts on Slack")
    said = posts[0].body.decode()
    has(said, "*Kimi:* $12.34 available (threshold: $5.00)")
    lacks(said, "**")


def test_a_label_pings_nobody_and_breaks_nothing(lab):
    scene = Kimi(lab, account="")
    scene.configure(account="")
    config = lab.read("config.ini").replace("label = Kimi", "label = @everyone <@1> **K**")
    lab.write("config.ini", config)
    equal(scene.update().code, 0)
    equal(scene.hooks.posts[0].json["allowed_mentions"]["parse"], [])
    lacks(scene.hooks.contents[0], "@everyone ")


if __name__ == "__main__":
    main(at_once=8)
