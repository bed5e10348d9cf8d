#!/usr/bin/env -S python3 -B
"""Every type of channel against a peer that is as strict as the real one."""
from fakes import Answer, DiscordBot, SlackBot
from scenes import Kimi
from tap import equal, has, lacks, main, true

SUMMARY = "📊 **API Balance Summary**\n\n🌙 **Kimi:** $12.34 available (threshold: $5.00)"


def scene_of(lab, channel):
    """Kimi, and that channel in place of the usual one."""
    scene = Kimi(lab)
    lab.env.update({"DISCORD_BOT_TOKEN": DiscordBot.TOKEN, "SLACK_BOT_TOKEN": SlackBot.TOKEN})
    text = lab.read("config.ini")
    lab.write("config.ini", text[:text.index("[channel peter-chat]")] + channel)
    return scene


# --- discord-bot


def test_a_discord_bot_posts_summary_and_alert(lab):
    discord = DiscordBot(lab)
    scene = scene_of(lab, discord.channel("mention = user:7"))
    equal(scene.update().code, 0, "exit status")
    equal(discord.contents, [SUMMARY])
    equal(list(discord.messages.values())[0]["flags"], 4096, "a summary does not notify")
    scene.vendor.balance("0.50", "0", "0.50")
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


if __name__ == "__main__":
    main()
