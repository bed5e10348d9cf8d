#include "unit/conf_help.h"

#define NANO MONEY_NANO

static void assert_amount(struct amount amount, int64_t nano) {
  assert_true(amount.known);
  assert_int_equal(amount.nano, nano);
}

static void an_empty_config_has_all_defaults(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("");
  assert_string_equal(config->path, "config.ini");
  assert_string_equal(config->title, "API Balance Summary");
  assert_string_equal(config->state_dir, "/h/.local/state/lowtide");
  assert_string_equal(config->schedule_text, "0 * * * *");
  assert_int_equal(config->schedule.minutes, 1);
  assert_string_equal(zone_name(config->zone), "UTC");
  assert_int_equal(config->footer, FOOTER_NONE);
  assert_int_equal(config->log_level, LOG_LEVEL_INFO);
  assert_int_equal(config->log_lines, LOG_LINES_TEXT);
  assert_int_equal(config->deadline_ms, 10000);
  assert_int_equal(config->keep_ms, 365LL * 86400000);
  assert_int_equal(config->account_count, 0);
  assert_false(config->sandbox);
  assert_null(config->warnings[0]);
  assert_null(config->console_only[0]);
  config_release(config);
}

static void lowtide_says_what_holds_for_all(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[lowtide]\n"
                                     "schedule = @every 30m ; twice an hour\n"
                                     "timezone = Europe/Berlin\n"
                                     "title : Balances\n"
                                     "footer = full\n"
                                     "keep = 2w\n"
                                     "deadline = 20s\n"
                                     "log_level = debug\n"
                                     "log_lines = json\n"
                                     "state_dir = ~/lowtide\n");
  assert_string_equal(config->schedule_text, "@every 30m");
  assert_int_equal(config->schedule.every_ms, 1800000);
  assert_string_equal(zone_name(config->zone), "Europe/Berlin");
  assert_string_equal(config->title, "Balances");
  assert_int_equal(config->footer, FOOTER_FULL);
  assert_int_equal(config->keep_ms, 14LL * 86400000);
  assert_int_equal(config->deadline_ms, 20000);
  assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
  assert_int_equal(config->log_lines, LOG_LINES_JSON);
  assert_string_equal(config->state_dir, "/h/lowtide");
  config_release(config);
}

static void an_account_has_its_recipes_defaults(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "ACME_API_KEY=secret-of-acme");
  struct config *config = parse_text(ACME "[account a]\nprovider = acme\nkey = ${ACME_API_KEY}\n");
  const struct account *account = config_account(config, "a");
  assert_non_null(account);
  assert_string_equal(account->provider, "acme");
  assert_ptr_equal(account->recipe, config_recipe(config, "acme"));
  assert_string_equal(account->label, "Acme");
  assert_string_equal(account->emoji, "A");
  assert_string_equal(account->unit, "");
  assert_string_equal(account->log_path, "/h/.local/state/lowtide/logs/a.log");
  assert_int_equal(account->log_format, LOG_FORMAT_SHORT);
  assert_int_equal(account->stale_after_ms, 3 * 3600000);
  assert_int_equal(account->deadline_ms, 10000);
  assert_null(account->schedule);
  assert_null(account->base_url);
  assert_null(account->ca_file);
  assert_null(account->missing);
  assert_false(account->budget.known);
  assert_false(account->simulated);
  assert_string_equal(account_value(account, "key"), "secret-of-acme");
  assert_null(account_value(account, "label"));
  assert_int_equal(config->account_count, 1);
  config_release(config);
}

static void pages_have_longer_unless_somebody_says_how_long(void **state) {
  (void)state;
  static const struct {
    const char *lowtide;
    const char *own;
    int64_t expected_ms;
  } cases[] = {
      {"", "", 30000},
      {"", "deadline = 12s\n", 12000},
      {"deadline = 10s\n", "", 10000},
      {"deadline = 45s\n", "", 45000},
      {"deadline = 45s\n", "deadline = 5s\n", 5000},
  };
  static const char paged[] = "[recipe pages]\nask = GET https://a.example/costs?from={since}\nused = sum /d/*/n\n"
                              "unit = USD\nnext = page from /next max 5\n";
  ENVIRONMENT("HOME=/h");
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char text[512];
    (void)text_fmt(text, sizeof text,
                   "[lowtide]\n%s%s" ACME "[account p]\nprovider = pages\n%s[account l]\nprovider = ledger\n"
                   "spend = pages\n%s[account a]\nprovider = acme\nkey = literal-key\n",
                   cases[i].lowtide, paged, cases[i].own, cases[i].own);
    struct config *config = parse_text(text);
    assert_int_equal(config_account(config, "p")->deadline_ms, cases[i].expected_ms);
    assert_int_equal(config_account(config, "l")->deadline_ms, cases[i].expected_ms);
    assert_int_equal(config_account(config, "a")->deadline_ms, config->deadline_ms);
    config_release(config);
  }
}

static void a_ledger_and_its_vendor_do_not_share_a_label(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[account spend]\nprovider = anthropic\nkey = literal-key\n"
                                     "[account left]\nprovider = ledger\nspend = anthropic\nkey = literal-key\n");
  assert_string_equal(config_account(config, "spend")->label, "spend");
  assert_string_equal(config_account(config, "left")->label, "left");
  config_release(config);
}

static void an_accounts_own_settings_win(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[lowtide]\ndeadline = 20s\nstale_after = 5h\nstate_dir = /var/state\n" ACME
                                     "[account a]\nprovider = acme\nkey = literal-key\n"
                                     "label = Kimi\nemoji = 🌙\nunit = CNY\nlog = ~/.config/a.txt\nlog_format = detailed\n"
                                     "schedule = */5 * * * *\nstale_after = 1d\nbase_url = http://127.0.0.1:8080/x\n"
                                     "ca_file = ~/ca.pem\nbudget = 50\n"
                                     "[account b]\nprovider = acme\nkey = literal-key\nlog = none\nemoji =\n");
  const struct account *account = config_account(config, "a");
  assert_string_equal(account->label, "Kimi");
  assert_string_equal(account->emoji, "🌙");
  assert_string_equal(account->unit, "CNY");
  assert_string_equal(account->log_path, "/h/.config/a.txt");
  assert_int_equal(account->log_format, LOG_FORMAT_DETAILED);
  assert_non_null(account->schedule);
  assert_int_equal(account->schedule->minutes & 0x3F, 0x21);
  assert_int_equal(account->stale_after_ms, 86400000);
  assert_int_equal(account->deadline_ms, 20000);
  assert_string_equal(account->base_url, "http://127.0.0.1:8080/x");
  assert_string_equal(account->ca_file, "/h/ca.pem");
  assert_amount(account->budget, 50 * NANO);
  const struct account *other = config_account(config, "b");
  assert_null(other->log_path);
  assert_string_equal(other->emoji, "");
  assert_string_equal(other->label, "b");
  assert_int_equal(other->stale_after_ms, 5 * 3600000);
  config_release(config);
}

static void noted_balances_are_dollars_and_live_for_a_week(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[lowtide]\nstale_after = 1h\n[account a]\nprovider = manual\n");
  assert_string_equal(config->accounts[0].unit, "USD");
  assert_int_equal(config->accounts[0].stale_after_ms, 7LL * 86400000);
  assert_null(config->accounts[0].recipe);
  config_release(config);
}

static void a_ledger_takes_its_recipes_values_too(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "ANTHROPIC_ADMIN_KEY=sk-ant-admin-1");
  struct config *config = parse_text("[lowtide]\naccounts = auto\n"
                                     "[account credit]\nprovider = ledger\nspend = anthropic\nwarning = 7\n");
  const struct account *account = config_account(config, "credit");
  assert_int_equal(config->account_count, 1); /* the key is this one's: no account is made of it */
  assert_string_equal(account->provider, "ledger");
  assert_null(account->recipe);
  assert_ptr_equal(account->spend, config_recipe(config, "anthropic"));
  assert_int_equal(account->since_ms, 0);
  assert_string_equal(account_value(account, "key"), "sk-ant-admin-1");
  assert_string_equal(account->label, "Claude");
  assert_string_equal(account->emoji, "🧡");
  assert_string_equal(account->unit, "USD");
  assert_amount(account->thresholds.own.warning.left, 7 * NANO);
  config_release(config);
}

static void thresholds_are_own_or_inherited(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config =
      parse_text("[lowtide]\nwarning = 8\ncritical = 2\nwarning_percent = 70%\n"
                 "[account a]\nprovider = manual\n"
                 "[account b]\nprovider = manual\nwarning = 1.5\nwarning_used = 10\ncritical_used = 20\n"
                 "critical_runway = 2d\n");
  const struct threshold_settings *a = &config_account(config, "a")->thresholds;
  assert_false(a->own.warning.left.known || a->own.critical.left.known);
  assert_amount(a->inherited.warning.left, 8 * NANO);
  assert_amount(a->inherited.critical.left, 2 * NANO);
  assert_amount(a->inherited.warning.percent, 70 * NANO);
  assert_false(a->inherited.critical.percent.known);
  const struct threshold_settings *b = &config_account(config, "b")->thresholds;
  assert_amount(b->own.warning.left, 1500000000);
  assert_amount(b->own.warning.used, 10 * NANO);
  assert_amount(b->own.critical.used, 20 * NANO);
  assert_int_equal(b->own.critical.runway_ms, 2 * 86400000);
  assert_amount(b->inherited.warning.left, 8 * NANO);
  config_release(config);
}

static void a_warning_below_the_default_critical_level_takes_it_along(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[lowtide]\nwarning = 0.5\n[account a]\nprovider = manual\n");
  assert_amount(config->accounts[0].thresholds.inherited.critical.left, NANO / 10);
  config_release(config);
}

static void accounts_come_from_known_variables_if_nobody_lists_any(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "ACME_API_KEY=secret-of-acme", "OTHER_KEY=x");
  struct config *config = parse_text(
      ACME "[recipe zeta]\nask = GET https://z.example/\navailable = /b\nunit = USD\nlabel = Z\nenv = ZETA_KEY\n");
  assert_int_equal(config->account_count, 1);
  assert_string_equal(config->accounts[0].name, "acme");
  assert_string_equal(config->accounts[0].provider, "acme");
  assert_string_equal(config->accounts[0].label, "Acme");
  assert_string_equal(account_value(&config->accounts[0], "key"), "secret-of-acme");
  config_release(config);
}

static void listed_accounts_are_all_unless_auto_is_asked_for(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "ACME_API_KEY=secret-of-acme");
  struct config *config = parse_text(ACME "[account a]\nprovider = manual\n");
  assert_int_equal(config->account_count, 1);
  config_release(config);
  config = parse_text(ACME "[lowtide]\naccounts = auto\n[account z]\nprovider = manual\n");
  assert_int_equal(config->account_count, 2);
  assert_string_equal(config->accounts[0].name, "z");
  assert_string_equal(config->accounts[1].name, "acme");
  config_release(config);
  config = parse_text(ACME "[lowtide]\naccounts = listed\n");
  assert_int_equal(config->account_count, 0);
  config_release(config);
}

static void a_vendor_or_variable_that_is_named_already_is_skipped(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "ACME_API_KEY=secret-of-acme", "MINE=my-own-key");
  struct config *config = parse_text(ACME "[lowtide]\naccounts = auto\n[account a]\nprovider = acme\nkey = ${MINE}\n");
  assert_int_equal(config->account_count, 1);
  config_release(config);
  config = parse_text(
      ACME "[recipe twin]\nask = GET https://t.example/\nheader.X = {key}\navailable = /b\nunit = USD\nlabel = T\n"
           "[lowtide]\naccounts = auto\n[account a]\nprovider = twin\nkey = x${ACME_API_KEY:-none}\n");
  assert_int_equal(config->account_count, 1);
  assert_string_equal(config->accounts[0].provider, "twin");
  config_release(config);
}

static void a_variable_that_a_recipe_reads_by_itself_counts_as_named(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "ACME_API_KEY=secret-of-acme");
  struct config *config = parse_text(ACME "[recipe twin]\nask = GET https://t.example/\nheader.X = {key}\navailable = /b\n"
                                          "unit = USD\nlabel = T\nenv = ACME_API_KEY\n"
                                          "[lowtide]\naccounts = auto\n[account a]\nprovider = twin\n");
  assert_int_equal(config->account_count, 1);
  assert_string_equal(account_value(&config->accounts[0], "key"), "secret-of-acme");
  config_release(config);
}

static void two_recipes_of_one_variable_make_one_account(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "ACME_API_KEY=secret-of-acme");
  struct config *config = parse_text(ACME "[recipe acme-cn]\nask = GET https://c.example/\nheader.X = {key}\n"
                                          "available = /b\nunit = USD\nlabel = Z\nenv = ACME_API_KEY\n");
  assert_int_equal(config->account_count, 1);
  assert_string_equal(config->accounts[0].name, "acme");
  config_release(config);
}

static void a_name_that_is_taken_is_left_alone_and_said(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "ACME_API_KEY=secret-of-acme");
  struct config *config = parse_text(ACME "[lowtide]\naccounts = auto\n[account acme]\nprovider = manual\n");
  assert_int_equal(config->account_count, 1);
  assert_string_equal(config->warnings[0], "ACME_API_KEY is set, but [account acme] is another provider's: no account was "
                                           "made of it");
  assert_null(config->warnings[1]);
  config_release(config);
}

static void the_simulated_config_takes_nothing_from_the_environment(void **state) {
  static const char text[] = ACME "[account a]\nprovider = acme\nkey = none\n";
  const struct config_source source = {.getenv = fake_getenv, .simulated = true};
  struct err err = {0};
  (void)state;
  ENVIRONMENT("HOME=/h", "ACME_API_KEY=k", "DISCORD_WEBHOOK_URL=https://d.example/x", "CREDIT_CHECK_INTERVAL_MINUTES=5");
  struct config *config = config_parse("sandbox", text, sizeof text - 1, &source, &err);
  assert_non_null(config);
  assert_true(config->sandbox);
  assert_int_equal(config->account_count, 1);
  assert_true(config->accounts[0].simulated);
  assert_int_equal(config->channel_count, 1);
  assert_string_equal(config->channels[0].name, "console");
  assert_string_equal(config->schedule_text, "0 * * * *");
  config_release(config);
}

static void vendors_without_a_balance_call_are_noted(void **state) {
  (void)state;
  const struct console_only *vendor = &console_only_vendors[0];
  char entry[128];
  (void)text_fmt(entry, sizeof entry, "%s=secret-key", vendor->env);
  ENVIRONMENT("HOME=/h", entry);
  struct config *config = parse_text("");
  assert_ptr_equal(config->console_only[0], vendor);
  assert_null(config->console_only[1]);
  assert_int_equal(config->account_count, 0);
  config_release(config);
  config = parse_text("[account a]\nprovider = manual\n");
  assert_null(config->console_only[0]);
  config_release(config);
}

static void variables_of_the_first_hour_are_honoured(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "OPENROUTER_API_KEY=secret-key", "OPENROUTER_BASE_URL=http://127.0.0.1:9/api",
              "CREDIT_WARNING_THRESHOLD=100", "CREDIT_CRITICAL_THRESHOLD=200", "CREDIT_CHECK_INTERVAL_MINUTES=15",
              "CREDIT_ALERT_COOLDOWN_HOURS=2", "REDIS_URL=redis://127.0.0.1");
  struct config *config = parse_text("");
  const struct account *account = config_account(config, "openrouter");
  assert_non_null(account);
  assert_string_equal(account->base_url, "http://127.0.0.1:9/api");
  assert_amount(account->thresholds.own.warning.used, 100 * NANO);
  assert_amount(account->thresholds.own.critical.used, 200 * NANO);
  assert_string_equal(config->schedule_text, "@every 15m");
  assert_int_equal(config->schedule.every_ms, 900000);
  config_release(config);
  config = parse_text("[lowtide]\nschedule = @daily\n");
  assert_string_equal(config->schedule_text, "@daily");
  config_release(config);
  config = parse_text("[account a]\nprovider = manual\n");
  assert_string_equal(config->schedule_text, "0 * * * *");
  config_release(config);
}

static void the_path_of_openrouters_api_is_not_put_in_front_twice(void **state) {
  (void)state;
  static const char *const values[][2] = {
      {"OPENROUTER_BASE_URL=https://openrouter.ai/api/v1", "https://openrouter.ai"},
      {"OPENROUTER_BASE_URL=https://openrouter.ai/api/v1//", "https://openrouter.ai"},
      {"OPENROUTER_BASE_URL=https://openrouter.ai/", "https://openrouter.ai"},
      {"OPENROUTER_BASE_URL=http://127.0.0.1:9/proxy/api/v1", "http://127.0.0.1:9/proxy"},
      {"OPENROUTER_BASE_URL=http://127.0.0.1:9/api/v2", "http://127.0.0.1:9/api/v2"},
      {"OPENROUTER_BASE_URL=http://h", "http://h"},
  };
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    ENVIRONMENT("HOME=/h", "OPENROUTER_API_KEY=secret-key", values[i][0]);
    struct config *config = parse_text("");
    assert_string_equal(config_account(config, "openrouter")->base_url, values[i][1]);
    config_release(config);
  }
  ENVIRONMENT("HOME=/h", "OPENROUTER_API_KEY=secret-key", "OPENROUTER_BASE_URL=openrouter.ai/api/v1");
  struct err err = {0};
  assert_null(try_text("", &err));
  assert_true(text_starts(err.text, "environment: ${OPENROUTER_BASE_URL}: "));
  struct config *config =
      parse_text("[account own]\nprovider = openrouter\nbase_url = https://openrouter.ai/api/v1\nkey = k\n");
  assert_string_equal(config_account(config, "own")->base_url, "https://openrouter.ai/api/v1");
  config_release(config);
}

static void a_bad_value_of_the_environment_is_named(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "CREDIT_CHECK_INTERVAL_MINUTES=often");
  struct err err = {0};
  assert_null(try_text("", &err));
  assert_true(text_starts(err.text, "environment: CREDIT_CHECK_INTERVAL_MINUTES: "));
  ENVIRONMENT("HOME=/h", "ACME_API_KEY=\xFF");
  assert_refused(ACME, "environment: ${ACME_API_KEY}: its value is not UTF-8");
  ENVIRONMENT("HOME=/h", "OPENROUTER_API_KEY=secret-key", "CREDIT_WARNING_THRESHOLD=abc");
  assert_refused("", "environment: ${CREDIT_WARNING_THRESHOLD}: \"abc\" is not a number");
  ENVIRONMENT("HOME=/h", "DISCORD_WEBHOOK_URL=nonsense");
  assert_refused("", "environment: ${DISCORD_WEBHOOK_URL}: url does not start with https://");
}

static void an_account_of_the_environment_may_lack_more_than_its_key(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "TEAM_KEY=secret-key");
  struct config *config = parse_text("[recipe team]\nask = GET https://t.example/{team}\nheader.X = {key}\navailable = /b\n"
                                     "unit = USD\nlabel = T\nenv = TEAM_KEY\n");
  assert_int_equal(config->account_count, 1);
  assert_string_equal(config->accounts[0].missing, "team");
  config_release(config);
}

#define PAIR                                                                                                               \
  "[recipe pair]\nask = GET https://p.example/{sid}\nheader.X = {key}\navailable = /b\nunit = USD\n"                       \
  "env = PAIR_KEY\nenv.sid = PAIR_SID\n"

static void a_second_variable_brings_another_value(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "PAIR_KEY=secret-of-pair", "PAIR_SID=s1");
  struct config *config = parse_text(PAIR);
  assert_int_equal(config->account_count, 1);
  assert_null(config->accounts[0].missing);
  assert_string_equal(account_value(&config->accounts[0], "sid"), "s1");
  config_release(config);
  config = parse_text(PAIR "[account a]\nprovider = pair\nsid = mine\n");
  assert_string_equal(account_value(&config->accounts[0], "sid"), "mine");
  config_release(config);
}

static void a_second_variable_that_is_not_set_is_missing_by_its_name(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "PAIR_KEY=secret-of-pair");
  struct config *config = parse_text(PAIR);
  assert_int_equal(config->account_count, 1);
  assert_string_equal(config->accounts[0].missing, "PAIR_SID");
  config_release(config);
  ENVIRONMENT("HOME=/h", "PAIR_SID=s1");
  config = parse_text(PAIR);
  assert_int_equal(config->account_count, 0);
  config_release(config);
}

static void a_variable_of_the_key_alone_makes_no_account(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "LONE_KEY=secret-of-lone");
  static const char lone[] = "[recipe lone]\nask = GET https://l.example/\nheader.X = {key}\navailable = /b\nunit = USD\n"
                             "env.key = LONE_KEY\n[account a]\nprovider = lone\n";
  struct config *config = parse_text(lone);
  assert_string_equal(account_value(&config->accounts[0], "key"), "secret-of-lone");
  config_release(config);
  config = config_parse("config.ini", lone, (size_t)(strstr(lone, "[account") - lone),
                        &(struct config_source){.getenv = fake_getenv}, &(struct err){0});
  assert_int_equal(config->account_count, 0);
  config_release(config);
}

static void a_config_outlives_the_one_that_replaces_it(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "ACME_API_KEY=secret-of-acme");
  struct config *old = parse_text(ACME "[account a]\nprovider = acme\nkey = first-key\nlabel = Old\n");
  struct config *kept = config_keep(old);
  struct config *new = parse_text(ACME "[account a]\nprovider = acme\nkey = second-key\nlabel = New\n");
  config_release(old);
  assert_string_equal(kept->accounts[0].label, "Old");
  assert_string_equal(account_value(&kept->accounts[0], "key"), "first-key");
  assert_string_equal(account_value(&new->accounts[0], "key"), "second-key");
  config_release(new);
  assert_string_equal(account_value(&kept->accounts[0], "key"), "first-key");
  config_release(kept);
  config_release(NULL);
}

static void a_key_never_stands_in_an_error(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct err err = {0};
  assert_null(try_text(ACME "[account a]\nprovider = acme\nkey = planted-secret-1\nwarning = x\n", &err));
  assert_null(strstr(err.text, "planted-secret"));
}

static void keys_that_do_nothing_yet_are_told(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[redis]\nurl = redis://127.0.0.1\n");
  assert_string_equal(config->warnings[0], "config.ini:1: [redis] has no effect in this version");
  assert_null(config->warnings[1]);
  config_release(config);
}

#define MANUAL "[account kimi]\nprovider = manual\n"

static void half_a_digest_is_told(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[lowtide]\ndigest = daily\n" MANUAL "[channel c]\ntype = console\n");
  assert_string_equal(config->warnings[0], "digest is set for kimi, but no channel has digest in its `sends`");
  assert_null(config->warnings[1]);
  config_release(config);
  config = parse_text(MANUAL "[channel c]\ntype = console\nsends = summary, digest\n");
  assert_string_equal(config->warnings[0],
                      "[channel c] sends digest, but `digest = daily | weekly | monthly` is set nowhere");
  assert_null(config->warnings[1]);
  config_release(config);
}

static void an_account_has_a_digest_of_its_own(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[lowtide]\ndigest = daily\n" MANUAL "digest = monthly\n"
                                     "[account other]\nprovider = manual\n"
                                     "[channel c]\ntype = console\nsends = summary, digest\n");
  assert_int_equal(config_account(config, "kimi")->alerts.digest, DIGEST_MONTHLY);
  assert_int_equal(config_account(config, "other")->alerts.digest, DIGEST_DAILY);
  assert_null(config->warnings[0]);
  config_release(config);
}

static void a_users_recipe_replaces_the_built_in_one(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h");
  struct config *config = parse_text("[recipe deepseek]\nask = GET ${HOST:-https://mine.example}/\navailable = /b\n"
                                     "unit = USD\nlabel = Mine\n");
  assert_string_equal(recipe_about(config_recipe(config, "deepseek"))->label, "Mine");
  size_t found = 0;
  for (size_t i = 0; i < config->recipe_count; i++)
    found += text_eq(recipe_about(config->recipes[i])->name, "deepseek") ? 1U : 0U;
  assert_int_equal(found, 1);
  config_release(config);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_empty_config_has_all_defaults),
      cmocka_unit_test(lowtide_says_what_holds_for_all),
      cmocka_unit_test(an_account_has_its_recipes_defaults),
      cmocka_unit_test(pages_have_longer_unless_somebody_says_how_long),
      cmocka_unit_test(a_ledger_and_its_vendor_do_not_share_a_label),
      cmocka_unit_test(an_accounts_own_settings_win),
      cmocka_unit_test(noted_balances_are_dollars_and_live_for_a_week),
      cmocka_unit_test(a_ledger_takes_its_recipes_values_too),
      cmocka_unit_test(thresholds_are_own_or_inherited),
      cmocka_unit_test(a_warning_below_the_default_critical_level_takes_it_along),
      cmocka_unit_test(accounts_come_from_known_variables_if_nobody_lists_any),
      cmocka_unit_test(listed_accounts_are_all_unless_auto_is_asked_for),
      cmocka_unit_test(a_vendor_or_variable_that_is_named_already_is_skipped),
      cmocka_unit_test(a_variable_that_a_recipe_reads_by_itself_counts_as_named),
      cmocka_unit_test(two_recipes_of_one_variable_make_one_account),
      cmocka_unit_test(a_name_that_is_taken_is_left_alone_and_said),
      cmocka_unit_test(the_simulated_config_takes_nothing_from_the_environment),
      cmocka_unit_test(vendors_without_a_balance_call_are_noted),
      cmocka_unit_test(variables_of_the_first_hour_are_honoured),
      cmocka_unit_test(the_path_of_openrouters_api_is_not_put_in_front_twice),
      cmocka_unit_test(a_bad_value_of_the_environment_is_named),
      cmocka_unit_test(an_account_of_the_environment_may_lack_more_than_its_key),
      cmocka_unit_test(a_second_variable_brings_another_value),
      cmocka_unit_test(a_second_variable_that_is_not_set_is_missing_by_its_name),
      cmocka_unit_test(a_variable_of_the_key_alone_makes_no_account),
      cmocka_unit_test(a_config_outlives_the_one_that_replaces_it),
      cmocka_unit_test(a_key_never_stands_in_an_error),
      cmocka_unit_test(keys_that_do_nothing_yet_are_told),
      cmocka_unit_test(half_a_digest_is_told),
      cmocka_unit_test(an_account_has_a_digest_of_its_own),
      cmocka_unit_test(a_users_recipe_replaces_the_built_in_one),
  };
  return cmocka_run_group_tests_name("conf_accounts", tests, NULL, NULL);
}
