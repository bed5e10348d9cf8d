#include "lowtide/chat.h"
#include "lowtide/register.h"

/* A line of the manifest: what it is called, and its text. */
static void add_line(struct buf *out, const char *indent, const char *name, const char *text, const char *after) {
  buf_addf(out, "%s\"%s\": ", indent, name);
  buf_add_json(out, text);
  buf_addf(out, "%s\n", after);
}

/* "https://host" and the door's path; nothing by Socket Mode. */
static void add_url(struct buf *out, const char *indent, const char *name, const char *url, const char *path) {
  struct buf whole;
  if (*url == '\0') return;
  buf_init(&whole, 4096);
  buf_addf(&whole, "%s%s", url, path);
  add_line(out, indent, name, buf_text(&whole), ",");
  buf_done(&whole);
}

static void add_command(struct buf *out, const char *name, const char *about, const char *hint, const char *url) {
  struct buf slashed;
  buf_init(&slashed, 64);
  buf_addf(&slashed, "/%s", name);
  buf_add(out, "      {\n");
  add_line(out, "        ", "command", buf_text(&slashed), ",");
  add_url(out, "        ", "url", url, "/slack/commands");
  add_line(out, "        ", "description", about, ",");
  add_line(out, "        ", "usage_hint", hint, ",");
  buf_add(out, "        \"should_escape\": false\n      }");
  buf_done(&slashed);
}

static void add_commands(struct buf *out, const char *url) {
  struct buf hint;
  buf_init(&hint, 1024);
  for (const struct chat_command *const *command = chat_commands; *command != NULL; command++) {
    if (!(*command)->alone) {
      buf_addf(&hint, "%s%s", hint.len > 0 ? "|" : "", (*command)->name);
      continue;
    }
    struct buf arguments;
    buf_init(&arguments, 1024);
    chat_print_arguments(*command, CHAT_IN_A_CHAT, &arguments);
    add_command(out, (*command)->name, (*command)->about, buf_text(&arguments), url);
    buf_add(out, ",\n");
    buf_done(&arguments);
  }
  add_command(out, "lowtide", CHAT_ABOUT, buf_text(&hint), url);
  buf_add_char(out, '\n');
  buf_done(&hint);
}

void register_slack(const char *url, struct buf *out) {
  const char *by_socket = *url == '\0' ? "true" : "false";
  buf_add(out, "{\n  \"display_information\": {\n    \"name\": \"Lowtide\",\n");
  add_line(out, "    ", "description", CHAT_ABOUT, "");
  buf_add(out, "  },\n  \"features\": {\n"
               "    \"bot_user\": {\n      \"display_name\": \"Lowtide\",\n      \"always_online\": true\n    },\n"
               "    \"slash_commands\": [\n");
  add_commands(out, url);
  buf_add(out, "    ]\n  },\n  \"oauth_config\": {\n    \"scopes\": {\n"
               "      \"bot\": [\"commands\", \"chat:write\", \"files:write\"]\n    }\n  },\n"
               "  \"settings\": {\n    \"interactivity\": {\n");
  add_url(out, "      ", "request_url", url, "/slack/interactivity");
  buf_addf(out,
           "      \"is_enabled\": true\n    },\n    \"org_deploy_enabled\": false,\n    \"socket_mode_enabled\": %s,\n"
           "    \"token_rotation_enabled\": false\n  }\n}\n",
           by_socket);
}
