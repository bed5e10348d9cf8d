#!/usr/bin/env -S python3 -B
"""Every type of channel against a peer that is as strict as the real one."""
import json
import os

from fakes import Answer, DiscordBot, Receiver, SlackBot, SmtpServer, Tls
from scenes import Kimi
from tap import equal, has, lacks, main, true

SUMMARY = "📊 **API Balance Summary**\n\n🌙 **Kimi:** $12.34 available (threshold: $5.00)"


def scene_of(lab, channel):
    """Kimi, and that channel in place of the usual one."""
    scene = Kimi(lab)
    lab.env.update({"DISCORD_BOT_TOKEN": DiscordBot.TOKEN, "SLACK_BOT_TOKEN": SlackBot.TOKEN, "HOOK_SECRET": Receiver.SECRET,
                    "SMTP_PASSWORD": SmtpServer.PASSWORD})
    text = lab.read("config.ini")
    lab.write("config.ini", text[:text.index("[channel peter-chat]")] + channel)
    return scene


# --- discord-bot


def test_a_discord_bot_posts_summary_and_alert(lab):
    discord = DiscordBot(lab)
    scene = scene_of(lab, discord.channel("mention = user:7"))
    scene.vendor.balance("5.50", "0", "5.50")
    equal(scene.update().code, 0, "exit status")
    equal(discord.contents, [SUMMARY.replace("12.34", "5.50")])
    equal(list(discord.messages.values())[0]["flags"], 4096, "a summary does not notify")
    scene.vendor.balance("0.90", "0", "0.90")
    equal(scene.update().code, 2)
    alert = next(message for message in discord.messages.values() if "credits critical!" in message["content"]
                 and not message["content"].startswith("📊"))
    equal((alert["allowed_mentions"], alert.get("flags", 0)), ({"parse": [], "users": ["7"]}, 0))
    true(alert["content"].startswith("<@7> "), "the mention is in the content")
    has(scene.log, "POSTED")


def test_a_bots_answer_that_is_lost_makes_no_second_message(lab):
    discord = DiscordBot(lab)
    scene = scene_of(lab, discord.channel())

    def take_and_hang_up(request):
        discord.default = discord._rest
        discord._rest(request)
        return Answer(reset=True)

    discord.default = take_and_hang_up
    equal(scene.update().code, 0, "exit status")
    posts = [request for request in discord.requests if request.method == "POST"]
    equal(len(posts), 2, "tries")
    equal(posts[0].json["nonce"], posts[1].json["nonce"], "the nonce")
    equal(len(discord.messages), 1, "messages")


def test_doctor_looks_at_bots_and_names_the_mend(lab):
    discord, slack = DiscordBot(lab), SlackBot(lab)
    scene = scene_of(lab, discord.channel() + slack.channel())
    done = scene.run("doctor")
    has(done.out, "✅ bots: exists")
    has(done.out, "✅ slackers: exists")
    equal((len(discord.messages), len(slack.messages)), (0, 0), "doctor posts nothing")
    lab.env.update({"DISCORD_BOT_TOKEN": "planted-wrong", "SLACK_BOT_TOKEN": "xoxb-planted-wrong"})
    done = scene.run("doctor")
    has(done.out, "❌ bots: Discord does not know the bot's token")
    has(done.out, "❌ slackers: Slack does not know the bot's token")


def test_a_bot_without_its_token_is_not_configured(lab):
    discord = DiscordBot(lab)
    scene = scene_of(lab, discord.channel())
    del lab.env["DISCORD_BOT_TOKEN"]
    has(scene.run("status").out, "DISCORD_BOT_TOKEN")
    has(scene.run("doctor").out, "not configured (DISCORD_BOT_TOKEN is not set)")
    equal(discord.requests, [])


# --- slack-bot


def test_a_slack_bot_posts_the_summary(lab):
    slack = SlackBot(lab)
    scene = scene_of(lab, slack.channel())
    equal(scene.update().code, 0, "exit status")
    equal(slack.texts, [SUMMARY.replace("**", "*")])
    done = scene.run("test", "slackers")
    equal(done.code, 0, "test")
    has(slack.texts[1], "Test message from Lowtide")


def test_slacks_no_inside_200_is_a_no(lab):
    slack = SlackBot(lab)
    scene = scene_of(lab, slack.channel())
    slack.fails = "not_in_channel"
    equal(scene.update().code, 1, "exit status")
    has(scene.run("status").out, "/invite")
    lacks(scene.log, "POSTED")


def test_slacks_ratelimited_inside_200_is_tried_again(lab):
    slack = SlackBot(lab)
    scene = scene_of(lab, slack.channel())
    slack.next_answers(Answer(200, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"}))
    equal(scene.update().code, 0, "exit status")
    equal(len(slack.messages), 1)


# --- webhook


def test_a_webhook_gets_signed_json_with_the_accounts(lab):
    receiver = Receiver(lab)
    scene = scene_of(lab, receiver.channel())
    scene.vendor.balance("4.20", "1.00", "3.20")
    equal(scene.update().code, 2, "exit status")
    by_kind = {message["kind"]: message for message in receiver.messages}
    equal(sorted(by_kind), ["alert", "summary"])
    alert = by_kind["alert"]
    equal((alert["text"], alert["silent"]), ("⚠️ Kimi credits low! Available: $4.20 (voucher: $1.00, cash: $3.20)", False))
    equal(by_kind["summary"]["title"], "📊 API Balance Summary")
    told = json.loads(scene.run("check", "--json").out)["accounts"][0]
    for message in by_kind.values():
        account = message["accounts"][0]
        equal(sorted(account), sorted(told), "the keys of an account")
        equal((account["account"], account["available"], account["level"]), ("kimi", "4.2", "warning"))


def test_a_webhook_that_stumbles_is_sent_the_same_id_with_a_fresh_signature(lab):
    receiver = Receiver(lab)
    scene = scene_of(lab, receiver.channel())
    receiver.next_answers(Answer(503, "not now"))
    equal(scene.update().code, 0, "exit status")
    first, second = receiver.requests
    equal(first.header("webhook-id"), second.header("webhook-id"), "the id")
    true(first.header("webhook-timestamp") < second.header("webhook-timestamp"), "the timestamp is each try's own")
    equal(len(receiver.messages), 1)


def test_a_webhook_that_is_gone_is_refused_at_once(lab):
    receiver = Receiver(lab)
    scene = scene_of(lab, receiver.channel())
    receiver.default = Answer(410, "gone")
    equal(scene.update().code, 1, "exit status")
    equal(len(receiver.requests), 1, "tries")
    has(scene.run("status").out, "HTTP 410")


# --- exec


def exec_scene(lab, script, words=""):
    path = lab.write("told", f"#!/bin/sh\n{script}\n", 0o700)
    return scene_of(lab, f"[channel mine]\ntype = exec\ncommand = {path} {words}\n")


def test_a_program_reads_the_message_and_sees_four_variables(lab):
    scene = exec_scene(lab, 'cat >"$HOME/message"; env >"$HOME/seen"; echo "$1" >"$HOME/word"', "'two words'")
    equal(scene.update().code, 0, "exit status")
    message = json.loads(lab.read("message"))
    equal((message["kind"], message["title"]), ("summary", "📊 API Balance Summary"))
    equal(message["accounts"][0]["available"], "12.34")
    equal(lab.read("word"), "two words\n")
    names = {line.split("=")[0] for line in lab.read("seen").splitlines() if "=" in line}
    equal(names - {"PATH", "HOME", "LANG", "TZ", "PWD", "SHLVL", "_", "OLDPWD"}, set(), "variables")
    has(scene.log, "POSTED")


def test_exit_75_is_tried_again_with_the_same_id_and_others_are_refused(lab):
    scene = exec_scene(lab, 'cat >>"$HOME/messages"; echo >>"$HOME/messages"; [ -e "$HOME/once" ] || { touch "$HOME/once"; exit 75; }')
    equal(scene.update().code, 0, "exit status")
    first, second = [json.loads(line) for line in lab.read("messages").split("\n") if line]
    equal(first["id"], second["id"])
    lab.write("told", "#!/bin/sh\necho no credit card >&2\nexit 3\n", 0o700)
    equal(scene.update().code, 1, "exit status")
    has(scene.run("status").out, "exit status 3: no credit card")


def test_a_program_that_is_not_there_is_refused_with_the_mend(lab):
    scene = exec_scene(lab, "")
    os.unlink(lab.path("told"))
    equal(scene.update().code, 1)
    has(scene.run("status").out, "is not there")


def test_exec_and_webhook_take_a_test_message(lab):
    receiver = Receiver(lab)
    path = lab.write("told", '#!/bin/sh\ncat >"$HOME/message"\n', 0o700)
    scene = scene_of(lab, f"[channel mine]\ntype = exec\ncommand = {path}\n" + receiver.channel())
    equal((scene.run("test", "mine").code, scene.run("test", "hook").code), (0, 0))
    equal((json.loads(lab.read("message"))["kind"], receiver.messages[0]["kind"]), ("test", "test"))


# --- email


def mail_parts(mail):
    plain, html = mail.parsed.get_body(("plain",)), mail.parsed.get_body(("html",))
    return plain.get_content().strip().replace("\r\n", "\n"), html.get_content()


def test_a_mail_goes_by_starttls_and_login(lab):
    tls = Tls(lab)
    server = SmtpServer(lab, tls.context(), user="lowtide")
    scene = scene_of(lab, server.channel(f"ca_file = {tls.ca}"))
    equal(scene.update().code, 0, "exit status")
    mail = server.mails[0]
    equal((mail.sender, mail.recipients, mail.user, mail.tls), ("lowtide@example.com", ["me@example.com"], "lowtide", True))
    parsed = mail.parsed
    equal((parsed["Subject"], parsed["From"], parsed["To"]),
          ("📊 API Balance Summary", "Löwtide <lowtide@example.com>", "me@example.com"))
    equal(parsed.defects, [], "what Python's parser finds wrong")
    plain, html = mail_parts(mail)
    equal(plain, SUMMARY.replace("**", ""))
    has(html, "🌙 <b>Kimi:</b> $12.34 available (threshold: $5.00)")
    equal([command for command in server.commands if command.startswith("QUIT")], ["QUIT"], "it says goodbye")
    has(scene.log, "POSTED")


def test_a_mail_goes_by_tls_from_the_start(lab):
    tls = Tls(lab)
    server = SmtpServer(lab, tls.context(), implicit=True, user="lowtide")
    scene = scene_of(lab, server.channel(f"ca_file = {tls.ca}"))
    equal(scene.update().code, 0, "exit status")
    true(server.mails[0].tls, "TLS")


def test_a_server_whose_certificate_is_wrong_gets_no_password(lab):
    tls, other = Tls(lab), lab.write("other.pem", "")
    server = SmtpServer(lab, tls.context("DNS:elsewhere.example"), user="lowtide")
    scene = scene_of(lab, server.channel(f"ca_file = {tls.ca}"))
    done = scene.run("doctor")
    has(done.out, "❌ mail: certificate is for another host name")
    equal([command for command in server.commands if command.startswith("AUTH")], [], "logins")
    lab.write("config.ini", lab.read("config.ini").replace(tls.ca, other))
    has(scene.run("doctor").out, "❌ mail: ")
    equal(server.mails, [])


def test_a_server_without_tls_is_not_trusted_but_on_this_machine(lab):
    tls = Tls(lab)
    server = SmtpServer(lab)
    scene = scene_of(lab, server.channel(f"ca_file = {tls.ca}"))
    has(scene.run("doctor").out, "❌ mail: the mail server offers no TLS")
    lab.write("config.ini", lab.read("config.ini").replace(f"ca_file = {tls.ca}", ""))
    has(scene.run("doctor").out, "✅ mail: exists")
    equal(scene.update().code, 0, "exit status")
    equal(len(server.mails), 1)


def test_a_wrong_password_is_told_with_its_mend(lab):
    server = SmtpServer(lab, user="lowtide", login_in_the_open=True)
    scene = scene_of(lab, server.channel())
    lab.env["SMTP_PASSWORD"] = "planted-wrong"
    equal(scene.update().code, 1, "exit status")
    has(scene.run("status").out, "535 5.7.8 wrong password: check user and password")
    has(scene.run("doctor").out, "❌ mail: the mail server refuses the login")


def test_what_a_mail_server_says_is_what_becomes_of_the_mail(lab):
    cases = {"RCPT": ("550 5.1.1 no such user", 1, 0), "MAIL": ("550 go away", 1, 0), "end": ("554 5.7.1 spam", 1, 0),
             "greeting": ("554 no", 1, 0)}
    for verb, (reply, code, count) in cases.items():
        server = SmtpServer(lab)
        scene = scene_of(lab, server.channel())
        server.replies[verb] = reply
        equal(scene.run("test", "mail").code, code, f"exit status after {verb}")
        equal(len(server.mails), count, f"mails after {verb}")
        has(scene.run("status").out, reply, f"the reason after {verb}")


def test_later_is_tried_again_with_the_same_message_id(lab):
    for verb in ("greeting", "MAIL", "RCPT", "DATA", "end"):
        server = SmtpServer(lab)
        scene = scene_of(lab, server.channel())
        server.replies[verb] = ["451 4.7.1 later"]
        equal(scene.run("test", "mail").code, 0, f"exit status after {verb}")
        equal(len(server.mails), 1, f"mails after {verb}")
    server = SmtpServer(lab)
    scene = scene_of(lab, server.channel())
    scene.vendor.balance("4.20", "1.00", "3.20")
    server.replies["end"] = ["close"]
    equal(scene.update().code, 2, "exit status after a lost answer")
    first, second = [mail.parsed for mail in server.mails if "credits low!" in mail.parsed["Subject"] and "📊" not in mail.parsed["Subject"]]
    true("(possible repeat)" in second["Subject"] and "(possible repeat)" not in first["Subject"], "only the second is marked")
    equal((first["Message-ID"], first["Date"]), (second["Message-ID"], second["Date"]))


def test_one_recipient_that_is_gone_keeps_the_mail_from_nobody_else(lab):
    server = SmtpServer(lab)
    scene = scene_of(lab, server.channel().replace("to = me@example.com", "to = gone@example.com, me@example.com"))
    server.replies["RCPT"] = ["550 5.1.1 no such user"]
    done = scene.run("test", "mail")
    equal(done.code, 0, "exit status")
    equal(server.mails[0].recipients, ["me@example.com"])
    has(done.err, "did not take 1 of the recipients: 550 5.1.1 no such user")


def test_a_server_that_hangs_at_goodbye_holds_up_nothing(lab):
    server = SmtpServer(lab)
    scene = scene_of(lab, server.channel())
    server.replies["QUIT"] = "hang"
    done = scene.run("test", "mail")
    equal(done.code, 0, "exit status")
    true(done.seconds < 40, f"{done.seconds:.1f} s")  # it hangs for a minute
    server.replies = {"RCPT": "550 no", "QUIT": "hang"}
    done = scene.run("test", "mail")
    true(done.code == 1 and done.seconds < 40, f"{done.code}, {done.seconds:.1f} s")


def test_a_label_begins_no_header_and_no_tag(lab):
    server = SmtpServer(lab)
    scene = scene_of(lab, server.channel())
    lab.write("config.ini", lab.read("config.ini").replace("label = Kimi", "label = <script>x</script> Bcc: a@evil.example"))
    scene.vendor.balance("2", "0", "2")
    equal(scene.update().code, 2)
    for mail in server.mails:
        equal((mail.parsed["Bcc"], mail.recipients), (None, ["me@example.com"]))
        lacks(mail_parts(mail)[1], "<script")


if __name__ == "__main__":
    main(at_once=8)
