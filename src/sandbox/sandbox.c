#include "lowtide/sandbox.h"

#include "lowtide/local_server.h"
#include "lowtide/mem.h"
#include "sandbox/accounts.h"
#include "sandbox/serve.h"

struct sandbox {
  struct serving serving;
  struct local_server *server;
};

static void on_request(void *context, const struct local_request *request, struct local_script *script) {
  const struct sandbox *sandbox = context;
  serve_request(&sandbox->serving, request, loop_wall_ms(), script);
}

struct sandbox *sandbox_new(struct loop *loop, const struct sandbox_options *options, struct err *err) {
  struct sandbox *sandbox = mem_new(1, sizeof *sandbox);
  sandbox->serving = (struct serving){.seed = options->seed, .latency_ms = options->latency_ms};
  sandbox->server = local_server_new(loop, options->port, on_request, sandbox, err);
  if (sandbox->server != NULL) return sandbox;
  mem_free(sandbox);
  return NULL;
}

uint16_t sandbox_port(const struct sandbox *sandbox) {
  return local_server_port(sandbox->server);
}

void sandbox_free(struct sandbox *sandbox) {
  if (sandbox == NULL) return;
  local_server_free(sandbox->server);
  mem_free(sandbox);
}

/* "$" begins a reference in a config. */
static void add_value(struct buf *out, const char *value) {
  for (; *value != '\0'; value++) {
    if (*value == '$') buf_add_char(out, '$');
    buf_add_char(out, *value);
  }
}

void sandbox_config(struct buf *out, uint16_t port, const char *state_dir) {
  buf_add(out, "[lowtide]\ntitle = API Balance Summary\nstate_dir = ");
  add_value(out, state_dir);
  buf_add(out, "\n");
  for (const struct sim_account *account = sim_accounts; account->name != NULL; account++) {
    buf_addf(out, "\n[account %s]\nprovider = %s\nkey = " SIM_KEY "%s\nlabel = %s\nemoji = %s\nunit = %s\n", account->name,
             sim_recipe(account->vendor), account->name, account->label, account->emoji, account->unit);
    buf_addf(out, "base_url = http://127.0.0.1:%u\n", port);
  }
  buf_add(out, "\n[channel console]\ntype = console\n");
}
