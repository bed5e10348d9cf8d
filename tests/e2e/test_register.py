#!/usr/bin/env -S python3 -B
"""`lowtide register`: Discord is told the commands once, and not again; Slack's manifest is printed."""
import json

from discord_gateway import Discord
from fakes import Answer
from tap import equal, has, lacks, main, true


def configure(lab, discord, extra=""):
    lab.write("config.ini", f"[discord]\ntoken = {discord.TOKEN}\nbase_url = {discord.url}\ncommands = gateway\n{extra}"
                            "[account notes]\nprovider = manual\n")


def register(lab, *args):
    return lab.run("register", *args, "--config", "config.ini")


def asked(discord):
    return [f"{request.method} {request.path[len('/api/v10'):]}" for request in discord.requests]


def test_the_commands_are_registered_once(lab):
    discord = Discord(lab)
    configure(lab, discord, f"guild = {discord.GUILD}\n")
    done = register(lab)
    equal((done.code, done.out, done.err), (0, f"/balance and /lowtide are registered now in server {discord.GUILD}\n", ""))
    path = f"/applications/{discord.APPLICATION}/guilds/{discord.GUILD}/commands"
    equal(asked(discord), ["GET /applications/@me", f"GET {path}", f"GET /applications/{discord.APPLICATION}/commands",
                           f"PUT {path}"])
    equal([command["name"] for command in discord.commands[discord.GUILD]], ["balance", "lowtide"])
    has([option["name"] for option in discord.commands[discord.GUILD][1]["options"]], "mute")
    done = register(lab)
    equal((done.code, done.out), (0, f"/balance and /lowtide were registered already in server {discord.GUILD}\n"))
    equal((discord.command_writes, discord.violations), (1, []))


def test_without_a_guild_they_are_there_for_all(lab):
    discord = Discord(lab)
    configure(lab, discord, f"application_id = {discord.APPLICATION}\n")
    equal(register(lab).out, "/balance and /lowtide are registered now in all servers of the bot\n")
    equal(asked(discord)[0], f"GET /applications/{discord.APPLICATION}/commands", "the id need not be asked for")
    equal((discord.commands[None][0]["contexts"], discord.commands[None][0]["integration_types"]), ([0], [0]))
    equal(register(lab).out, "/balance and /lowtide were registered already in all servers of the bot\n")
    equal((discord.command_writes, discord.violations), (1, []))


def test_what_has_changed_is_told_anew(lab):
    discord = Discord(lab)
    configure(lab, discord, f"guild = {discord.GUILD}\n")
    register(lab)
    discord.commands[discord.GUILD][1]["options"][0]["description"] = "as it was once"
    has(register(lab).out, "registered now")
    discord.commands[discord.GUILD].pop()
    has(register(lab).out, "registered now")
    equal(discord.command_writes, 3)


def test_other_commands_of_the_application_stay_unless_they_are_to_go(lab):
    discord = Discord(lab)
    configure(lab, discord, f"guild = {discord.GUILD}\n")
    discord.commands[discord.GUILD] = [{"id": "1", "type": 1, "name": "dice", "description": "rolls"}]
    done = register(lab)
    equal((done.code, done.out), (1, ""))
    has(done.err, "the application has other commands, which would go: dice")
    has(done.err, "--replace")
    equal(discord.command_writes, 0)
    equal(register(lab, "--replace").code, 0)
    equal([command["name"] for command in discord.commands[discord.GUILD]], ["balance", "lowtide"])


def test_what_would_show_twice_is_told_and_goes_if_it_is_to_go(lab):
    discord = Discord(lab)
    configure(lab, discord)
    register(lab)
    configure(lab, discord, f"guild = {discord.GUILD}\n")
    discord.commands[None].append({"id": "1", "type": 1, "name": "dice", "description": "rolls"})
    for _ in range(2):
        done = register(lab)
        equal(done.code, 0)
        has(done.out, f"in server {discord.GUILD}")
        has(done.err, "people see each twice: `lowtide register --replace` takes those away, and with them dice")
        has(lab.run("doctor", "--config", "config.ini").out,
            "➖ chat commands: registered in all servers, too, so people see each twice → `lowtide register --replace`\n")
    done = register(lab, "--replace")
    equal((done.code, done.err), (0, ""))
    equal((discord.commands[None], len(discord.commands[discord.GUILD]), discord.violations), ([], 2, []))
    has(lab.run("doctor", "--config", "config.ini").out, "✅ chat commands: registered with Discord\n")


def test_the_commands_of_others_in_all_servers_stay(lab):
    discord = Discord(lab)
    discord.commands[None] = [{"id": "1", "type": 1, "name": "dice", "description": "rolls"}]
    configure(lab, discord, f"guild = {discord.GUILD}\n")
    equal((register(lab, "--replace").err, [command["name"] for command in discord.commands[None]]), ("", ["dice"]))


def test_each_refusal_names_the_mend(lab):
    discord = Discord(lab)
    configure(lab, discord, "guild = 42\n")
    done = register(lab)
    equal((done.code, done.out), (1, ""))
    has(done.err, "may not register commands in server 42 (Missing Access): look whether guild is right")
    has(done.err, f"https://discord.com/oauth2/authorize?client_id={discord.APPLICATION}&scope=bot+applications.commands")
    for answer, sentence in ((Answer(401, {"message": "401: Unauthorized", "code": 0}), "does not know the bot's token"),
                             (Answer(404, {"message": "Unknown Guild", "code": 10004}), "check application_id and guild"),
                             (Answer(429, {"retry_after": 3}, {"Retry-After": "3"}), "try again in 3 s"),
                             (Answer(502, "bad"), "try again in a minute"),
                             (Answer(200, {"not": "a list"}), "not Discord's list of commands"),
                             (Answer(400, {"message": "Invalid Form Body", "code": 50035}), "Invalid Form Body"),
                             (Answer(reset=True), "Discord: ")):
        configure(lab, discord, f"application_id = {discord.APPLICATION}\nguild = {discord.GUILD}\n")
        discord.fail_next("^GET .*/commands", answer, answer, answer)
        done = register(lab)
        equal((done.code, done.out), (1, ""), sentence)
        has(done.err, sentence)
        lacks(done.err, discord.TOKEN)
        discord.faults.clear()
    equal(discord.command_writes, 0)


def test_the_application_of_another_token_is_named(lab):
    discord = Discord(lab)
    configure(lab, discord, "application_id = 99\n")
    for done in (register(lab), lab.run("doctor", "--config", "config.ini")):
        has(done.out + done.err, f"application_id of [discord] is 99, but the token is of application {discord.APPLICATION}")
        has(done.out + done.err, "take application_id out")
        lacks(done.out + done.err, "oauth2/authorize?client_id=99")
    equal(discord.command_writes, 0)


def test_without_a_token_but_with_slack_it_names_the_manifest(lab):
    lab.write("config.ini", "[account notes]\nprovider = manual\n[slack]\napp_token = xapp-1\n")
    done = register(lab)
    equal((done.code, done.out), (1, ""))
    has(done.err, "Discord alone is told of commands, and [discord] has no token")
    has(done.err, "`lowtide register --slack-manifest`")


def test_without_a_token_it_says_where_to_get_one(lab):
    lab.write("config.ini", "[account notes]\nprovider = manual\n")
    done = register(lab)
    equal((done.code, done.out), (1, ""))
    has(done.err, "https://discord.com/developers/applications")


def test_what_nobody_answers_is_registered_with_a_word(lab):
    discord = Discord(lab)
    lab.write("config.ini", f"[discord]\ntoken = {discord.TOKEN}\nbase_url = {discord.url}\ncommands = off\n"
                            "[account notes]\nprovider = manual\n")
    done = register(lab)
    equal(done.code, 0)
    has(done.err, "set `commands = gateway` in [discord]")


def test_doctor_tells_whom_strangers_may_invite(lab):
    discord = Discord(lab)
    for text, says in (("", "may ask, and its managers may change"), (f"allow_users = {discord.MEMBER}\n", "may ask → name yours"),
                       (f"allow_guilds = {discord.GUILD}\n", None), (f"guild = {discord.GUILD}\n", None)):
        configure(lab, discord, text)
        out = lab.run("doctor", "--config", "config.ini").out
        has(out, f"every server that has the bot {says}") if says else lacks(out, "every server")


def test_doctor_tells_what_is_not_registered(lab):
    discord = Discord(lab)
    configure(lab, discord, f"guild = {discord.GUILD}\n")
    has(lab.run("doctor", "--config", "config.ini").out,
        "➖ chat commands: not registered with Discord as they are now → `lowtide register`\n")
    register(lab)
    has(lab.run("doctor", "--config", "config.ini").out, "✅ chat commands: registered with Discord\n")
    equal(discord.command_writes, 1)


def test_doctor_tells_that_what_is_asked_goes_elsewhere(lab):
    """Discord sends it to the address of the portal, if there is one, and then nothing to the gateway: the bot is online, and mute."""
    discord = Discord(lab)
    for extra in ("", f"application_id = {discord.APPLICATION}\n"):
        configure(lab, discord, f"guild = {discord.GUILD}\n" + extra)
        register(lab)
        discord.endpoint = None
        lacks(lab.run("doctor", "--config", "config.ini").out, "Interactions Endpoint URL")
        discord.endpoint = "https://old.example.com/discord"
        done = lab.run("doctor", "--config", "config.ini")
        equal(done.code, 1)
        has(done.out, "❌ Discord, delivery: what is asked goes to https://old.example.com/discord, and not to the gateway → empty "
                      "Interactions Endpoint URL in the Developer Portal, General Information, or set `commands = http`\n")
    lab.write("config.ini", lab.read("config.ini").replace("commands = gateway", "commands = off"))
    lacks(lab.run("doctor", "--config", "config.ini").out, "Interactions Endpoint URL")


def test_the_list_is_printed_and_nobody_is_told(lab):
    discord = Discord(lab)
    configure(lab, discord, f"guild = {discord.GUILD}\n")
    done = register(lab, "--print")
    equal(done.code, 0)
    equal([command["name"] for command in json.loads(done.out)], ["balance", "lowtide"])
    equal((discord.requests, register(lab, "--print").out), ([], done.out))


def test_slacks_manifest_is_printed(lab):
    lab.write("config.ini", "[account notes]\nprovider = manual\n")
    manifest = json.loads(register(lab, "--slack-manifest").out)
    equal(manifest["settings"]["socket_mode_enabled"], True)
    equal(manifest["settings"]["interactivity"], {"is_enabled": True})
    equal([command["command"] for command in manifest["features"]["slash_commands"]], ["/balance", "/lowtide"])
    equal(manifest["oauth_config"]["scopes"]["bot"], ["commands", "chat:write", "files:write"])
    manifest = json.loads(register(lab, "--slack-manifest", "--url", "https://tide.example/").out)
    equal(manifest["settings"]["socket_mode_enabled"], False)
    equal(manifest["settings"]["interactivity"]["request_url"], "https://tide.example/slack/interactivity")
    equal({command["url"] for command in manifest["features"]["slash_commands"]}, {"https://tide.example/slack/commands"})
    done = register(lab, "--slack-manifest", "--url", "http://tide.example")
    equal((done.code, done.out), (1, ""))
    has(done.err, "https://")


def test_an_alert_of_a_bot_ends_in_buttons(lab):
    discord = Discord(lab)
    lab.write("config.ini",
              f"[discord]\ntoken = {discord.TOKEN}\nbase_url = {discord.url}\ncommands = gateway\n"
              f"[channel team]\ntype = discord-bot\nchannel = {discord.CHANNEL}\nsends = alerts\n"
              "[account notes]\nprovider = manual\nlabel = Notes\n")
    equal(lab.run("set", "notes", "4.20", "--config", "config.ini").code, 0)
    lab.run("update", "--config", "config.ini")
    messages = list(discord.messages.values())
    equal(len(messages), 1)
    true("Notes credits low!" in json.dumps(messages), messages)
    sent = next(request.json for request in discord.requests if request.method == "POST")
    equal([button["custom_id"] for button in sent["components"][0]["components"]],
          ["refresh notes", "history notes", "mute notes 6h"])


if __name__ == "__main__":
    main()
