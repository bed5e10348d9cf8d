#include "unit/conf_help.h"

#include "lowtide/buf.h"

struct fault {
  const char *text;
  const char *sentence;
};

#define KNOW_SINCE "(these can: anthropic, openai; without one use `provider = manual`)"

static const struct fault faults[] = {
    /* the form */
    {"key = 1\n", "config.ini:1: \"key\" stands before any [section]"},
    {"[lowtide]\nwarning 5\n", "config.ini:2: neither a [section] nor \"key = value\""},
    {"[lowtide]\n= 5\n", "config.ini:2: a value without a key"},
    {"[lowtide\n", "config.ini:1: a section's header ends with \"]\""},
    {"[lowtide] warning = 5\n", "config.ini:1: text after a section's header"},
    {"[lowtide]\ntitle = one\n  two\n",
     "config.ini:3: an indented line: keys start at the margin, and a value is one line"},
    {"[lowtide]\ntitle = one\n\tfooter = none\n",
     "config.ini:3: an indented line: keys start at the margin, and a value is one line"},
    {"[lowtide]\ntitle = \xFF\n", "config.ini:2: not UTF-8"},
    {"[lowtide]\ntitle = \x07\n", "config.ini:2: a control character"},
    {"[lowtide]\n\n# remark\ntitle = a\rb\n", "config.ini:4: a control character"},
    /* sections */
    {"[lowtid]\n", "config.ini:1: unknown section [lowtid] (did you mean \"lowtide\"?)"},
    {"[acount kimi]\n", "config.ini:1: unknown section [acount kimi] (did you mean \"account\"?)"},
    {"[zzzzzzzz]\n", "config.ini:1: unknown section [zzzzzzzz]"},
    {"[Lowtide]\n", "config.ini:1: unknown section [Lowtide] (did you mean \"lowtide\"?)"},
    {"[lowtide x]\n", "config.ini:1: unknown section [lowtide x] (did you mean \"lowtide\"?)"},
    {"[]\n", "config.ini:1: unknown section []"},
    {"[account]\nprovider = manual\n", "config.ini:1: [account] needs a name: [account NAME]"},
    {"[channel ]\n", "config.ini:1: [channel] needs a name: [channel NAME]"},
    {"[account a/b]\nprovider = manual\n", "config.ini:1: \"a/b\" is not a name (letters, digits, . _ -, at most 48)"},
    {"[account ..]\nprovider = manual\n", "config.ini:1: \"..\" is not a name (letters, digits, . _ -, at most 48)"},
    {"[account -v]\nprovider = manual\n", "config.ini:1: \"-v\" is not a name (letters, digits, . _ -, at most 48)"},
    {"[account two words]\nprovider = manual\n",
     "config.ini:1: \"two words\" is not a name (letters, digits, . _ -, at most 48)"},
    {"[account aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeee]\nprovider = manual\n",
     "config.ini:1: \"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeee\" is not a name (letters, digits, . _ -, at "
     "most 48)"},
    {"[lowtide]\n\n[lowtide]\n", "config.ini:3: [lowtide] is given twice (first on line 1)"},
    {"[account a]\nprovider = manual\n[lowtide]\n[account  a ]\nprovider = manual\n",
     "config.ini:4: [account a] is given twice (first on line 1)"},
    {"[http]\n[http]\n[store]\n[store]\n", "config.ini:2: [http] is given twice (first on line 1)"},
    /* keys */
    {"[account kimi]\nprovider = manual\nwarnin = 5\n",
     "config.ini:3: unknown key \"warnin\" in [account kimi] (did you mean \"warning\"?)"},
    {"[lowtide]\nfooter = none\nxyzzyplugh = 1\n", "config.ini:3: unknown key \"xyzzyplugh\" in [lowtide]"},
    {"[channel c]\ntype = console\nmentoin = here\n",
     "config.ini:3: unknown key \"mentoin\" in [channel c] (did you mean \"mention\"?)"},
    {"[discord]\ntokn = x\n", "config.ini:2: unknown key \"tokn\" in [discord] (did you mean \"token\"?)"},
    {"[redis]\nuri = x\n", "config.ini:2: unknown key \"uri\" in [redis] (did you mean \"url\"?)"},
    {"[lowtide]\nwarning = 5\n\nwarning = 6\n", "config.ini:4: \"warning\" given twice in [lowtide] (first on line 2)"},
    {"[account kimi]\nlabel = Kimi\n", "config.ini:1: [account kimi] needs \"provider\"; `lowtide providers` lists them"},
    {"[channel c]\nsends = summary\n", "config.ini:1: [channel c] needs \"type\""},
    {"\n[account c]\nprovider = manul\n", "config.ini:3: unknown provider \"manul\" (did you mean \"manual\"?)"},
    {"[account c]\nprovider = qqqqqqqqqqqq\n",
     "config.ini:2: unknown provider \"qqqqqqqqqqqq\" (`lowtide providers` lists them)"},
    {"[account c]\nprovider = ledger\nkey = k\n",
     "config.ini:1: [account c]: a ledger needs `spend = …`, the recipe that tells what was spent " KNOW_SINCE},
    {"[account c]\nprovider = ledger\nspend = usage\n",
     "config.ini:3: spend: recorded usage is not available in this version " KNOW_SINCE},
    {"[account c]\nprovider = ledger\nspend = moonshot\n",
     "config.ini:3: spend: moonshot cannot tell what was spent since a day " KNOW_SINCE},
    {"[account c]\nprovider = ledger\nspend = antropic\n",
     "config.ini:3: spend: there is no recipe \"antropic\" " KNOW_SINCE},
    {"[account c]\nprovider = ledger\nspend = ${NOT_SET}\n", "config.ini:3: spend: NOT_SET is not set"},
    {"[account c]\nprovider = ledger\nspend = anthropic\nteam = x\n", "config.ini:4: unknown key \"team\" in [account c]"},
    {"[account c]\nprovider = manual\nspend = anthropic\n", "config.ini:3: unknown key \"spend\" in [account c]"},
    {"[account c]\nprovider = ${NOT_SET}\n", "config.ini:2: provider: NOT_SET is not set"},
    {"[channel c]\ntype = consle\n", "config.ini:2: unknown type \"consle\" (did you mean \"console\"?)"},
    {"[channel c]\ntype = ${NOT_SET}\n", "config.ini:2: type: NOT_SET is not set"},
    /* values */
    {"[lowtide]\nwarning = much\n", "config.ini:2: warning: \"much\" is not a number"},
    {"[lowtide]\nwarning =\n", "config.ini:2: warning has no value"},
    {"[lowtide]\nkeep = 12\n", "config.ini:2: keep: \"12\" is not a duration (write it as 90s, 15m, 6h, 3d, 2w or 1y)"},
    {"[lowtide]\nfooter = ful\n", "config.ini:2: footer: \"ful\" is not one of none, short, full (did you mean \"full\"?)"},
    {"[lowtide]\nwarning_percent = 101\n", "config.ini:2: warning_percent: \"101\" is not a percentage (0 to 100)"},
    {"[lowtide]\nwarning_percent = -1%\n", "config.ini:2: warning_percent: \"-1%\" is not a percentage (0 to 100)"},
    {"[lowtide]\nquiet = 22:00-25:00\n",
     "config.ini:2: quiet: \"22:00-25:00\" are no quiet hours (write them as 22:00-07:00)"},
    {"[lowtide]\nremind = often\n",
     "config.ini:2: remind: \"often\" is no way to remind (once, daily, diminishing, or a duration such as 6h)"},
    {"[lowtide]\nwarning = 1\ncritical = 1\n", "config.ini:3: critical (1) is not below warning (1)"},
    {"[lowtide]\ncritical = 10\n", "config.ini:2: critical (10) is not below warning (5.00)"},
    {"[account a]\nprovider = manual\ncritical_used = 1\nwarning_used = 2\n",
     "config.ini:3: critical_used (1) is not above warning_used (2)"},
    {"[account a]\nprovider = manual\nwarning_percent = 80\ncritical_percent = 80%\n",
     "config.ini:4: critical_percent (80%) is not above warning_percent (80)"},
    {"[account a]\nprovider = manual\nwarning_runway = 1d\ncritical_runway = 2d\n",
     "config.ini:4: critical_runway (2d) is not below warning_runway (1d)"},
    {"[account a]\nprovider = manual\nbase_url = api.example.com\n",
     "config.ini:3: base_url: \"api.example.com\" is not a URL (https://HOST or http://HOST)"},
    {"[account a]\nprovider = manual\nbase_url = https://\n",
     "config.ini:3: base_url: \"https://\" is not a URL (https://HOST or http://HOST)"},
    {"[account a]\nprovider = manual\nbase_url = http://a b\n",
     "config.ini:3: base_url: \"http://a b\" is not a URL (https://HOST or http://HOST)"},
    {"[account a]\nprovider = manual\nunit = US dollars\n",
     "config.ini:3: unit: \"US dollars\" is not a unit (a currency such as USD, or a word such as credits)"},
    {"[account a]\nprovider = manual\nlog_format = long\n",
     "config.ini:3: log_format: \"long\" is not one of short, detailed"},
    {"[channel c]\ntype = console\nsends = summary, alarms\n",
     "config.ini:3: sends: \"alarms\" is not one of summary, alerts, recoveries, topups, digest (did you mean "
     "\"alerts\"?)"},
    {"[channel c]\ntype = console\nmention = role:1 @peter\n",
     "config.ini:3: mention: \"@peter\" cannot be mentioned (user:ID role:ID group:ID here everyone)"},
    {"[channel c]\ntype = console\nmention = user:\n",
     "config.ini:3: mention: \"user:\" cannot be mentioned (user:ID role:ID group:ID here everyone)"},
    {"[account kimi]\nprovider = manual\n[channel c]\ntype = console\naccounts = claude, kim\n",
     "config.ini:5: there is no [account claude]"},
    {"[account kimi]\nprovider = manual\n[channel c]\ntype = console\naccounts = kimmi\n",
     "config.ini:5: there is no [account kimmi] (did you mean \"kimi\"?)"},
    {"[channel c]\ntype = console\nmention = user:a-b\n",
     "config.ini:3: mention: \"user:a-b\" cannot be mentioned (user:ID role:ID group:ID here everyone)"},
    {"\n[channel c]\ntype = discord-webhook\nurl = ftp://a.example/secret\n",
     "config.ini:2: [channel c]: url does not start with https://"},
    {"[channel c]\ntype = slack-webhook\nurl = http://a.example/secret\n",
     "config.ini:1: [channel c]: url is http to another machine: use https"},
    {"[account a]\nprovider = postgres\nport = 5x\n", "config.ini:3: port: \"5x\" is not a whole number"},
    {"[account a]\nprovider = postgres\nhost = h\n", "config.ini:1: [account a] needs \"query\" (one row: the balance, and "
                                                     "if there is a second column of a time type, as of when)"},
    {"\n[account a]\nprovider = postgres\nquery = SELECT 1\n", "config.ini:2: [account a]: takes `dsn` or `host`"},
    {"[lowtide]\ntimezone = Europe/Berlim\n",
     "config.ini:2: timezone: no time zone is called \"Europe/Berlim\" (did you mean Europe/Berlin?)"},
    {"[lowtide]\nschedule = 0 25 * * *\n", "config.ini:2: schedule: hour 25 is out of range 0-23"},
    {"[lowtide]\nschedule = 0 0 30 2 *\n", "config.ini:2: schedule: \"0 0 30 2 *\" names a day that never comes"},
    {"[account a]\nprovider = manual\nschedule = @hourli\n",
     "config.ini:3: schedule: \"@hourli\" is not a schedule (did you mean @hourly?)"},
    /* references */
    {"[lowtide]\ntitle = ${NOT_SET}\n", "config.ini:2: title: NOT_SET is not set"},
    {"[lowtide]\ntitle = ${NOT_SET\n", "config.ini:2: title: \"${\" without its \"}\" (a dollar sign is $$)"},
    {"[lowtide]\ntitle = ${}\n", "config.ini:2: title: \"${}\" is not a variable's name (a dollar sign is $$)"},
    {"[lowtide]\ntitle = ${1x}\n", "config.ini:2: title: \"${1x}\" is not a variable's name (a dollar sign is $$)"},
    {"[lowtide]\ntitle = ${file:}\n", "config.ini:2: title: ${file:} names no file"},
    {"[lowtide]\ntitle = ${credential:../x}\n", "config.ini:2: title: ${credential:../x} is not a credential's name"},
    {"[lowtide]\ntitle = ${A:-${A:-${A:-${A:-${A:-x}}}}}\n", "config.ini:2: title: defaults nested too deep"},
    {"[lowtide]\nwarning = ${AMOUNT}\n", "config.ini:2: warning: \"lots\" is not a number"},
    /* recipes */
    {"[recipe]\n", "config.ini:1: [recipe] needs a name: [recipe NAME]"},
    {"[recipe manual]\nask = GET https://x.example/\n",
     "config.ini:1: [recipe manual]: a provider of that name is built in"},
    {"[lowtide]\n[recipe bare]\nlabel = B\nunit = USD\n", "config.ini:2: [recipe bare]: `ask` is missing"},
    {"[lowtide]\n[recipe bare]\nlabel = B\nask = GET https://b.example/\nunit = USD\n",
     "config.ini:2: [recipe bare]: `available` or `used` is missing"},
    {"[recipe bare]\nask = GET https://b.example/\nheader.X = {key}\navailable = /b\nunit = USD\nlabel = B\n[account "
     "a]\nprovider = bare\n",
     "config.ini:7: [account a] needs \"key\" (the vendor's key)"},
    {"[recipe own]\nask = GET {base}/b\navailable = /b\nunit = USD\n[account a]\nprovider = own\n",
     "config.ini:5: [account a] needs \"base_url\" (where you host it)"},
    {ACME "[account a]\nprovider = acme\nkey = \n", "config.ini:11: key has no value"},
};

static void a_broken_config_names_its_line_and_what_is_wrong(void **state) {
  (void)state;
  ENVIRONMENT("HOME=/h", "AMOUNT=lots");
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
    assert_refused(faults[i].text, faults[i].sentence);
}

static void a_nul_byte_is_refused(void **state) {
  static const char text[] = "[lowtide]\ntitle = a\0b\n";
  struct err err = {0};
  (void)state;
  ENVIRONMENT("HOME=/h");
  assert_null(config_parse("config.ini", text, sizeof text - 1, &fake_source, &err));
  assert_string_equal(err.text, "config.ini:2: a NUL byte");
}

static void a_line_too_long_is_refused(void **state) {
  struct buf text;
  (void)state;
  ENVIRONMENT("HOME=/h");
  buf_init(&text, 16384);
  buf_add(&text, "[lowtide]\n\ntitle = ");
  for (int i = 0; i < 8192; i++)
    buf_add_char(&text, 'x');
  assert_refused(buf_text(&text), "config.ini:3: a line of more than 8192 bytes");
  buf_done(&text);
}

static void a_file_too_large_is_refused(void **state) {
  struct buf text;
  struct err err = {0};
  (void)state;
  buf_init(&text, 300 * 1024);
  for (int i = 0; i < 256 * 1024 + 1; i++)
    buf_add_char(&text, '\n');
  assert_null(config_parse("config.ini", text.data, text.len, &fake_source, &err));
  assert_string_equal(err.text, "config.ini: larger than 256 KiB");
  buf_done(&text);
}

static void the_4097th_account_is_refused(void **state) {
  struct buf text;
  (void)state;
  ENVIRONMENT("HOME=/h");
  buf_init(&text, 256 * 1024);
  for (int i = 1; i <= 4097; i++)
    buf_addf(&text, "[account a%d]\nprovider = manual\n", i);
  assert_refused(buf_text(&text), "config.ini:8193: more than 4096 accounts");
  buf_done(&text);
}

static void a_long_path_leaves_room_for_the_sentence(void **state) {
  char path[600];
  struct err err = {0};
  (void)state;
  ENVIRONMENT("HOME=/h");
  memset(path, 'd', sizeof path);
  path[0] = '/';
  (void)text_copy(path + 560, sizeof path - 560, "/last/config.ini");
  assert_null(config_parse(path, "[lowtid]\n", 9, &fake_source, &err));
  assert_string_equal(err.text, "last/config.ini:1: unknown section [lowtid] (did you mean \"lowtide\"?)");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_broken_config_names_its_line_and_what_is_wrong),
      cmocka_unit_test(a_nul_byte_is_refused),
      cmocka_unit_test(a_line_too_long_is_refused),
      cmocka_unit_test(a_file_too_large_is_refused),
      cmocka_unit_test(the_4097th_account_is_refused),
      cmocka_unit_test(a_long_path_leaves_room_for_the_sentence),
  };
  return cmocka_run_group_tests_name("conf_faults", tests, NULL, NULL);
}
