#include <inttypes.h>

#include "door_gateway_testing.h"
#include "lowtide/zone.h"

/* --- the way in ---------------------------------------------------------------------------------------------------- */

static void a_new_session_is_asked_for_after_hello_and_its_note(void **state) {
  (void)state;
  start("");
  assert_int_equal(asks, 1);
  answer_bot("{\"url\":\"wss://gateway.discord.gg\",\"shards\":1,\"session_start_limit\":{\"total\":1000,\"remaining\":999,"
             "\"reset_after\":0,\"max_concurrency\":1}}");
  assert_string_equal(connected_to, "wss://gateway.discord.gg/?v=10&encoding=json");
  gateway_machine_opened(&machine);
  assert_int_equal(sent_count, 0);
  hello();
  assert_int_equal(sent_count, 0); /* not before the note is on the disk */
  assert_int_equal(keeps, 1);
  gateway_machine_kept(&machine);
  assert_int_equal(sent_count, 1);
  assert_string_equal(sent[0], "{\"op\":2,\"d\":{\"token\":\"" TOKEN "\",\"intents\":0,\"properties\":{\"os\":\"linux\","
                               "\"browser\":\"lowtide\",\"device\":\"lowtide\"}}}");
  ready();
  assert_int_equal(machine.phase, GATEWAY_READY);
  assert_int_equal(machine.memory.budget.count, 1);
  assert_int_equal(news[GATEWAY_CONNECTED], 1);
  assert_int_equal(keeps, 2);
}

static void an_interaction_is_handed_on_with_its_own_json(void **state) {
  (void)state;
  get_ready();
  assert_int_equal(interactions, 0);
  frame("{\"op\":0,\"t\":\"INTERACTION_CREATE\",\"s\":2,\"d\":{\"id\":\"998\",\"type\":2}}");
  assert_int_equal(interactions, 1);
  assert_string_equal(interaction_id, "998");
  assert_int_equal(machine.memory.session.sequence, 2);
}

static void an_interaction_before_the_session_is_open_is_not_ours(void **state) {
  (void)state;
  get_hello();
  frame("{\"op\":0,\"t\":\"INTERACTION_CREATE\",\"s\":2,\"d\":{\"id\":\"998\",\"type\":2}}");
  assert_int_equal(interactions, 0);
}

/* What somebody did so long ago. */
static void interact(int sequence, int64_t age_ms) {
  char text[200];
  int64_t born_ms = fake_wall_ms(NULL) - age_ms - 1420070400000;
  (void)text_fmt(text, sizeof text, "{\"op\":0,\"t\":\"INTERACTION_CREATE\",\"s\":%d,\"d\":{\"id\":\"%" PRId64 "\"}}",
                 sequence, born_ms << 22 | 7);
  frame("%s", text);
}

static void the_held_session_is_resumed_where_discord_said(void **state) {
  (void)state;
  get_ready();
  frame("{\"op\":0,\"t\":\"TYPING_START\",\"s\":41,\"d\":{}}");
  lose(0);
  pass(2000);
  assert_int_equal(asks, 1); /* nobody is asked the way */
  assert_string_equal(connected_to, "wss://resume.discord.gg/?v=10&encoding=json");
  gateway_machine_opened(&machine);
  hello();
  assert_string_equal(last_sent(), "{\"op\":6,\"d\":{\"token\":\"" TOKEN "\",\"session_id\":\"abc\",\"seq\":41}}");
  interact(42, 3000);
  assert_int_equal(interactions, 1); /* replayed */
  interact(43, 3001);
  assert_int_equal(interactions, 1); /* the person was told that no answer came */
  frame("{\"op\":0,\"t\":\"RESUMED\",\"s\":44,\"d\":{}}");
  interact(45, 86400000);
  assert_int_equal(interactions, 2); /* our clock may be wrong */
  assert_int_equal(machine.phase, GATEWAY_READY);
  assert_int_equal(machine.memory.budget.count, 1);
  assert_int_equal(news[GATEWAY_CONNECTED], 1); /* a short break is nobody's business */
  assert_int_equal(news[GATEWAY_LOST], 0);
}

static void the_session_is_resumed_after_a_restart(void **state) {
  (void)state;
  struct buf memo;
  buf_init(&memo, GATEWAY_MEMO_MAX);
  get_ready();
  frame("{\"op\":0,\"t\":\"X\",\"s\":77,\"d\":null}");
  gateway_machine_end(&machine);
  assert_int_equal(close_code, 4000); /* 1000 would end the session */
  gateway_memory_write(&machine.memory, TOKEN, NULL, &memo);
  assert_null(strstr(buf_text(&memo), TOKEN));
  start(buf_text(&memo));
  assert_string_equal(connected_to, "wss://resume.discord.gg/?v=10&encoding=json");
  assert_int_equal(asks, 0);
  gateway_machine_opened(&machine);
  hello();
  assert_string_equal(last_sent(), "{\"op\":6,\"d\":{\"token\":\"" TOKEN "\",\"session_id\":\"abc\",\"seq\":77}}");
  buf_done(&memo);
}

static void nothing_is_done_any_more_after_the_end(void **state) {
  (void)state;
  get_ready();
  gateway_machine_end(&machine);
  gateway_machine_kept(&machine);
  int connects_before = connects;
  frame("{\"op\":7}");
  gateway_machine_closed(&machine, &(struct websocket_end){.code = 4004});
  pass(600000);
  assert_int_equal(connects, connects_before);
  assert_int_equal(sent_count, 1);
  assert_int_equal(news[GATEWAY_STOPPED], 0);
}

/* --- the heart ----------------------------------------------------------------------------------------------------- */

static void the_first_heartbeat_comes_at_a_chance_moment_of_the_interval(void **state) {
  (void)state;
  int64_t first_ms = INT64_MAX;
  int64_t last_ms = 0;
  for (uint64_t round = 0; round < 40; round++) {
    seed = round * 0x9E3779B97F4A7C15U;
    get_ready_quietly();
    int64_t began_ms = clock_ms;
    while (sent_count == 0)
      step();
    int64_t after_ms = clock_ms - began_ms;
    assert_in_range(after_ms, 0, INTERVAL);
    if (after_ms < first_ms) first_ms = after_ms;
    if (after_ms > last_ms) last_ms = after_ms;
    assert_string_equal(sent[0], "{\"op\":1,\"d\":1}");
  }
  assert_true(first_ms < INTERVAL / 4 && last_ms > INTERVAL * 3 / 4);
}

static void heartbeats_follow_the_interval_and_carry_the_last_sequence(void **state) {
  (void)state;
  get_ready_quietly();
  while (sent_count == 0)
    step();
  frame("{\"op\":11}");
  frame("{\"op\":0,\"t\":\"X\",\"s\":9,\"d\":null}");
  int64_t began_ms = clock_ms;
  while (sent_count == 1)
    step();
  assert_int_equal(clock_ms - began_ms, INTERVAL);
  assert_string_equal(sent[1], "{\"op\":1,\"d\":9}");
}

static void without_an_acknowledgement_the_connection_is_dead(void **state) {
  (void)state;
  get_ready_quietly();
  while (close_code == 0)
    step();
  assert_int_equal(sent_count, 1);
  assert_int_equal(close_code, 4000);
  pass(1000);
  assert_string_equal(connected_to, "wss://resume.discord.gg/?v=10&encoding=json");
}

static void a_heartbeat_that_is_asked_for_is_sent_at_once(void **state) {
  (void)state;
  get_ready_quietly();
  frame("{\"op\":1,\"d\":null}");
  assert_int_equal(sent_count, 1);
  assert_string_equal(sent[0], "{\"op\":1,\"d\":1}");
}

static void a_flood_of_requests_for_heartbeats_stays_below_the_limit(void **state) {
  (void)state;
  get_ready_quietly();
  for (int i = 0; i < 50000; i++) {
    frame("{\"op\":1}");
    if (i % 10 == 0) pass(10);
    frame("{\"op\":11}");
  }
  assert_in_range(busiest_minute(), 100, 119);
}

static void a_heart_that_would_race_is_slowed(void **state) {
  (void)state;
  get_connected();
  frame("{\"op\":10,\"d\":{\"heartbeat_interval\":1}}");
  gateway_machine_kept(&machine);
  ready();
  for (int i = 0; i < 600; i++) {
    pass(100);
    frame("{\"op\":11}");
  }
  assert_in_range(busiest_minute(), 90, 118);
}

/* --- what goes wrong ----------------------------------------------------------------------------------------------- */

static void hello_that_never_comes_is_given_up(void **state) {
  (void)state;
  get_connected();
  pass(9999);
  assert_int_equal(close_code, 0);
  pass(1);
  assert_int_equal(close_code, 4000);
  assert_int_equal(sent_count, 0);
}

static void ready_that_never_comes_is_given_up(void **state) {
  (void)state;
  get_hello();
  for (int i = 0; i < 300 && close_code == 0; i++) {
    pass(100);
    frame("{\"op\":11}");
  }
  assert_int_equal(close_code, 4000);
  assert_int_equal(machine.memory.budget.count, 1);
}

static void a_replay_that_takes_long_is_waited_for(void **state) {
  (void)state;
  get_resuming();
  for (int i = 0; i < 10; i++) {
    pass(14000);
    frame("{\"op\":11}");
    frame("{\"op\":0,\"t\":\"X\",\"s\":%d,\"d\":null}", 10 + i);
  }
  assert_int_equal(machine.phase, GATEWAY_RESUMING);
}

static void op_7_is_obeyed_even_before_hello(void **state) {
  (void)state;
  get_connected();
  frame("{\"op\":7,\"d\":null}");
  assert_int_equal(close_code, 4000);
  assert_int_equal(machine.phase, GATEWAY_WAITING);
  get_ready();
  frame("{\"op\":7}");
  assert_int_equal(close_code, 4000);
  pass(1000);
  assert_string_equal(connected_to, "wss://resume.discord.gg/?v=10&encoding=json");
}

static void op_9_with_true_resumes(void **state) {
  (void)state;
  get_ready();
  frame("{\"op\":9,\"d\":true}");
  assert_int_equal(close_code, 4000);
  pass(1000);
  gateway_machine_opened(&machine);
  hello();
  assert_non_null(strstr(last_sent(), "\"op\":6"));
}

static void op_9_with_false_waits_and_identifies_at_the_first_address(void **state) {
  (void)state;
  get_resuming();
  frame("{\"op\":9,\"d\":false}");
  assert_int_equal(close_code, 4000);
  pass(999);
  assert_int_equal(asks, 1);
  pass(4001);
  assert_int_equal(asks, 2);
  answer_bot(BOT);
  assert_string_equal(connected_to, "wss://gateway.discord.gg/?v=10&encoding=json");
  gateway_machine_opened(&machine);
  hello();
  gateway_machine_kept(&machine);
  assert_non_null(strstr(last_sent(), "\"op\":2"));
  assert_int_equal(machine.memory.budget.count, 2);
}

static void an_ended_session_is_followed_by_a_pause_of_one_to_five_seconds(void **state) {
  (void)state;
  int64_t shortest_ms = INT64_MAX;
  int64_t longest_ms = 0;
  for (uint64_t round = 0; round < 60; round++) {
    seed = round * 0x9E3779B97F4A7C15U;
    get_ready();
    pass_beating(61000);
    int64_t began_ms = clock_ms;
    frame("{\"op\":9,\"d\":false}");
    while (asks == 1)
      step();
    int64_t pause_ms = clock_ms - began_ms;
    if (pause_ms < shortest_ms) shortest_ms = pause_ms;
    if (pause_ms > longest_ms) longest_ms = pause_ms;
  }
  assert_in_range(shortest_ms, 1000, 1500);
  assert_in_range(longest_ms, 4500, 5000);
}

static void a_new_session_waits_for_the_note_of_the_last(void **state) {
  (void)state;
  get_hello();
  ready(); /* its note is under way, and stays there */
  frame("{\"op\":9,\"d\":false}");
  pass(60000);
  assert_int_equal(asks, 1);
  gateway_machine_kept(&machine);
  pass(2000);
  assert_int_equal(asks, 2);
}

static void what_changes_while_a_note_is_written_is_noted_after_it(void **state) {
  (void)state;
  get_ready();
  frame("{\"op\":9,\"d\":false}");
  until_connecting();
  gateway_machine_opened(&machine);
  machine.keep_due_ms = clock_ms;
  gateway_machine_tick(&machine);
  int before = keeps;
  hello(); /* the note under way does not know of this session */
  assert_int_equal(keeps, before);
  gateway_machine_kept(&machine);
  assert_int_equal(keeps, before + 1);
  assert_int_equal(identifies, 1);
  gateway_machine_kept(&machine);
  assert_int_equal(identifies, 2);
}

static void op_9_with_true_for_ever_ends_in_a_new_session(void **state) {
  (void)state;
  get_ready();
  for (int i = 0; i < 4; i++) {
    frame("{\"op\":9,\"d\":true}");
    until_connecting();
    assert_int_equal(asks, i < 3 ? 1 : 2);
    gateway_machine_opened(&machine);
    hello();
  }
}

static void fatal_codes_stop_and_say_what_to_do(void **state) {
  (void)state;
  static const int codes[] = {4004, 4010, 4011, 4012, 4013, 4014};
  char seen[6][256] = {""};
  for (size_t i = 0; i < 6; i++) {
    get_hello();
    int connects_before = connects;
    gateway_machine_closed(&machine, &(struct websocket_end){.opened = true, .code = codes[i]});
    assert_int_equal(machine.phase, GATEWAY_FAILED);
    assert_int_equal(news[GATEWAY_STOPPED], 1);
    (void)text_copy(seen[i], sizeof seen[i], told[GATEWAY_STOPPED]);
    for (size_t j = 0; j < i; j++)
      assert_string_not_equal(seen[i], seen[j]);
    pass(7LL * 24 * 3600 * 1000);
    assert_int_equal(connects, connects_before);
    assert_int_equal(news[GATEWAY_STOPPED], 1);
  }
  assert_non_null(strstr(seen[0], "copy it anew from the developer portal"));
}

static void what_each_other_code_leads_to(void **state) {
  (void)state;
  static const struct {
    int code;
    bool resumes;
  } codes[] = {{0, true},     {1000, true}, {1001, true}, {1006, true}, {1011, true},  {4000, true},
               {4001, true},  {4002, true}, {4005, true}, {4008, true}, {4003, false}, {4007, false},
               {4009, false}, {4006, true}, {4015, true}, {4242, true}, {4999, true}};
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    get_ready();
    lose(codes[i].code);
    pass(600);
    assert_int_equal(gateway_session_is_held(&machine.memory.session), codes[i].resumes);
    if (codes[i].resumes) {
      assert_string_equal(connected_to, "wss://resume.discord.gg/?v=10&encoding=json");
      /* refused there too: once is enough */
      gateway_machine_opened(&machine);
      hello();
      if (codes[i].code != 0) lose(codes[i].code);
      if (codes[i].code != 0) assert_false(gateway_session_is_held(&machine.memory.session));
    }
  }
}

static void a_network_that_breaks_while_resuming_is_no_refusal(void **state) {
  (void)state;
  get_resuming();
  lose(0);
  assert_true(gateway_session_is_held(&machine.memory.session));
}

static void a_session_that_cannot_be_resumed_is_given_up_after_three_tries(void **state) {
  (void)state;
  get_ready();
  for (int i = 0; i < 3; i++) {
    lose(0);
    assert_true(gateway_session_is_held(&machine.memory.session));
    until_connecting();
    gateway_machine_opened(&machine);
    hello();
  }
  lose(0);
  assert_false(gateway_session_is_held(&machine.memory.session));
}

static void an_address_of_a_session_that_does_not_answer_is_given_up_but_not_the_session(void **state) {
  (void)state;
  get_ready();
  lose(0);
  for (int i = 0; i < 3; i++) {
    until_connecting();
    assert_string_equal(connected_to, "wss://resume.discord.gg/?v=10&encoding=json");
    lose(0);
  }
  until_connecting();
  assert_int_equal(asks, 2);
  assert_string_equal(connected_to, "wss://gateway.discord.gg/?v=10&encoding=json");
  gateway_machine_opened(&machine);
  hello();
  assert_non_null(strstr(last_sent(), "\"op\":6"));
}

static void what_cannot_be_understood_is_passed_over_and_told_once(void **state) {
  (void)state;
  static const char *const odd[] = {"",
                                    "{",
                                    "null",
                                    "[]",
                                    "42",
                                    "\"op\"",
                                    "{}",
                                    "{\"op\":null}",
                                    "{\"op\":\"0\"}",
                                    "{\"op\":1e3}",
                                    "{\"op\":99999999999999999999999999}",
                                    "{\"op\":0,\"op\":7}",
                                    "{\"op\":-1}",
                                    "{\"op\":31,\"d\":{}}",
                                    "{\"op\":0}",
                                    "{\"op\":0,\"t\":7,\"s\":\"x\",\"d\":[]}",
                                    "{\"op\":0,\"t\":\"INTERACTION_CREATE\",\"s\":2,\"d\":\"x\"}",
                                    "{\"op\":0,\"t\":\"INTERACTION_CREATE\",\"s\":2}",
                                    "{\"op\":0,\"t\":\"NEW_THING\",\"s\":-5,\"d\":{}}",
                                    "{\"op\":0,\"t\":\"NEW_THING\",\"s\":99999999999999999999999,\"d\":{}}",
                                    "{\"op\":0,\"t\":\"RESUMED\",\"s\":2,\"d\":{}}",
                                    "{\"op\":0,\"t\":\"READY\",\"s\":2,\"d\":{}}",
                                    "{\"op\":10}",
                                    "{\"op\":10,\"d\":{\"heartbeat_interval\":\"x\"}}",
                                    "{\"op\":10,\"d\":{\"heartbeat_interval\":-4}}",
                                    "{\"op\":11,\"d\":\"?\"}"};
  get_ready_quietly();
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
    gateway_machine_text(&machine, odd[i], strlen(odd[i]));
  assert_int_equal(machine.phase, GATEWAY_READY);
  assert_int_equal(interactions, 0);
  assert_int_equal(sent_count, 0);
  assert_int_equal(news[GATEWAY_ODD], 1);
  assert_string_equal(machine.memory.session.id, "abc");
  frame("{\"op\":0,\"t\":\"INTERACTION_CREATE\",\"s\":3,\"d\":{\"id\":\"1\"}}");
  assert_int_equal(interactions, 1);
}

static void a_sequence_that_goes_back_is_taken_as_it_is(void **state) {
  (void)state;
  get_ready();
  frame("{\"op\":0,\"t\":\"X\",\"s\":500,\"d\":null}");
  frame("{\"op\":0,\"t\":\"X\",\"s\":4,\"d\":null}");
  frame("{\"op\":0,\"t\":\"X\",\"s\":null,\"d\":null}");
  assert_int_equal(machine.memory.session.sequence, 4);
}

static void a_ready_without_its_members_is_a_session_that_cannot_be_resumed(void **state) {
  (void)state;
  static const char *const lacking[] = {
      "{\"op\":0,\"t\":\"READY\",\"s\":1,\"d\":{}}", "{\"op\":0,\"t\":\"READY\",\"s\":1,\"d\":null}",
      "{\"op\":0,\"t\":\"READY\",\"s\":1,\"d\":{\"session_id\":7,\"application\":[]}}",
      "{\"op\":0,\"t\":\"READY\",\"s\":null,\"d\":{\"session_id\":\"abc\",\"resume_gateway_url\":\"wss://a.b\"}}",
      "{\"op\":0,\"t\":\"READY\",\"s\":1,\"d\":{\"session_id\":\"a b\",\"resume_gateway_url\":\"http://a.b\"}}"};
  for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
    get_hello();
    frame("%s", lacking[i]);
    assert_int_equal(machine.phase, GATEWAY_READY);
    assert_false(gateway_session_is_held(&machine.memory.session));
    frame("{\"op\":0,\"t\":\"INTERACTION_CREATE\",\"s\":3,\"d\":{\"id\":\"1\"}}");
    assert_int_equal(interactions, 1);
  }
}

static void a_resume_address_that_is_not_wss_is_not_used(void **state) {
  (void)state;
  get_hello();
  frame("{\"op\":0,\"t\":\"READY\",\"s\":1,\"d\":{\"session_id\":\"abc\",\"resume_gateway_url\":\"ws://evil.example\"}}");
  lose(0);
  pass(1000);
  assert_int_equal(asks, 2);
}

static void hello_twice_says_nothing_twice(void **state) {
  (void)state;
  get_ready();
  int before = sent_count;
  hello();
  hello();
  assert_int_equal(sent_count, before);
  assert_int_equal(machine.memory.budget.count, 1);
}

/* --- calm ---------------------------------------------------------------------------------------------------------- */

static void a_long_absence_is_told_once_and_so_is_its_end(void **state) {
  (void)state;
  get_ready();
  pass_beating(61000);
  lose(0);
  for (int i = 0; i < 60; i++) {
    pass(30000);
    if (gateway_is_connecting()) lose(0);
    if (machine.phase == GATEWAY_ASKING) answer_bot(BOT);
  }
  assert_int_equal(news[GATEWAY_LOST], 1);
  assert_int_equal(news[GATEWAY_CONNECTED], 1);
  until_connecting();
  gateway_machine_opened(&machine);
  hello();
  frame("{\"op\":0,\"t\":\"RESUMED\",\"s\":43,\"d\":{}}");
  assert_int_equal(news[GATEWAY_CONNECTED], 2);
}

static void a_certificate_is_told_at_once_and_with_its_mend(void **state) {
  (void)state;
  struct websocket_end end = {0};
  (void)err_set(&end.err, ERR_TLS, "certificate has expired");
  (void)err_hint(&end.err, "look at the clock");
  get_ready();
  for (int i = 0; i < 5; i++) {
    connection = false;
    gateway_machine_closed(&machine, &end);
    until_connecting();
  }
  assert_int_equal(news[GATEWAY_LOST], 1);
  assert_string_equal(told[GATEWAY_LOST], "no hold on Discord's gateway: certificate has expired; look at the clock");
}

static int64_t wait_after_loss_ms(void) {
  int64_t lost_ms = clock_ms;
  lose(0);
  while (!gateway_is_connecting()) {
    if (machine.phase == GATEWAY_ASKING) answer_bot(BOT);
    if (!gateway_is_connecting()) step();
  }
  return clock_ms - lost_ms;
}

static void resume_again(void) {
  gateway_machine_opened(&machine);
  hello();
  frame("{\"op\":0,\"t\":\"RESUMED\",\"s\":43,\"d\":{}}");
  pass(2000);
}

/* Whoever asks has three seconds; to resume costs no session. */
static void a_session_that_comes_and_goes_is_not_waited_for_long(void **state) {
  (void)state;
  get_ready();
  for (int i = 0; i < 40; i++) {
    assert_in_range(wait_after_loss_ms(), 100, 5000);
    resume_again();
  }
}

static void the_wait_grows_and_is_short_again_only_after_a_minute_that_held(void **state) {
  (void)state;
  get_ready();
  int64_t longest_ms = 0;
  for (int i = 0; i < 12; i++) {
    longest_ms = wait_after_loss_ms();
    if (i == 0) assert_in_range(longest_ms, 100, 500);
  }
  assert_in_range(longest_ms, 15000, 30000);
  resume_again();
  pass_beating(60000);
  assert_in_range(wait_after_loss_ms(), 100, 500);
}

static void the_sequence_is_kept_every_half_minute_at_most(void **state) {
  (void)state;
  get_ready();
  gateway_machine_kept(&machine);
  int before = keeps;
  for (int i = 0; i < 600; i++) {
    frame("{\"op\":0,\"t\":\"X\",\"s\":%d,\"d\":null}", 10 + i);
    frame("{\"op\":11}");
    pass(100);
    if (machine.keeping) gateway_machine_kept(&machine);
  }
  assert_in_range(keeps - before, 1, 2);
}

/* --- /gateway/bot -------------------------------------------------------------------------------------------------- */

static void no_session_is_started_while_none_is_left(void **state) {
  (void)state;
  start("");
  answer_bot("{\"url\":\"wss://gateway.discord.gg\",\"session_start_limit\":{\"remaining\":0,\"reset_after\":7200000}}");
  pass(7199000);
  assert_int_equal(asks, 1);
  assert_int_equal(connects, 0);
  pass(2000);
  assert_int_equal(asks, 2);
}

/* It is our own thrift, and no fault of Discord's. */
static void a_session_that_waits_its_turn_says_so_and_until_when(void **state) {
  (void)state;
  struct buf memo;
  char until[ZONE_TIME_TEXT_MAX];
  buf_init(&memo, GATEWAY_MEMO_MAX);
  get_hello();
  int64_t last_ms = fake_wall_ms(NULL);
  while (machine.memory.budget.count < 12)
    machine.memory.budget.at_ms[machine.memory.budget.count++] = last_ms;
  gateway_memory_write(&machine.memory, TOKEN, NULL, &memo);
  start(buf_text(&memo));
  time_print_rfc3339(until, last_ms / 1000 * 1000 + 1000 + 300000);
  pass(61000);
  assert_int_equal(asks, 0);
  assert_int_equal(news[GATEWAY_LOST], 1);
  assert_non_null(strstr(told[GATEWAY_LOST], ": 12 of the 50 new sessions of a day are used, so the next waits until "));
  assert_non_null(strstr(told[GATEWAY_LOST], until));
  assert_non_null(strstr(machine.why, until));
  buf_done(&memo);
}

static void an_unknown_token_stops(void **state) {
  (void)state;
  start("");
  answer_http(401, -1, "{\"message\":\"401: Unauthorized\",\"code\":0}");
  assert_int_equal(machine.phase, GATEWAY_FAILED);
  assert_int_equal(news[GATEWAY_STOPPED], 1);
  pass(86400000);
  assert_int_equal(asks, 1);
}

static void a_busy_or_broken_discord_is_asked_again(void **state) {
  (void)state;
  static const struct {
    int status;
    int64_t retry_after_ms;
    const char *body;
    int64_t least_ms;
  } answers[] = {{429, 30000, "", 30000},
                 {429, -1, "{\"retry_after\":12.5}", 12500},
                 {429, -1, "error code: 1015", 100},
                 {500, -1, "", 100},
                 {503, -1, "<html>", 100},
                 {403, -1, "<html>", 100},
                 {404, -1, "", 100},
                 {200, -1, "", 100},
                 {200, -1, "{}", 100},
                 {200, -1, "{\"url\":7}", 100},
                 {200, -1, "{\"url\":\"ws://gateway.example\"}", 100},
                 {200, -1, "{\"url\":\"https://gateway.example\"}", 100}};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    start("");
    answer_http(answers[i].status, answers[i].retry_after_ms, answers[i].body);
    assert_int_equal(machine.phase, GATEWAY_WAITING);
    assert_int_equal(connects, 0);
    int64_t began_ms = clock_ms;
    while (asks == 1)
      step();
    assert_true(clock_ms - began_ms >= answers[i].least_ms);
  }
}

static void a_limit_that_is_not_told_is_none(void **state) {
  (void)state;
  start("");
  answer_bot("{\"url\":\"wss://gateway.discord.gg/\",\"session_start_limit\":[]}");
  assert_string_equal(connected_to, "wss://gateway.discord.gg/?v=10&encoding=json");
}

static void the_request_is_as_discord_wants_it(void **state) {
  (void)state;
  struct http_request request;
  struct err err = {0};
  http_request_init(&request);
  assert_true(gateway_bot_request(TOKEN, NULL, &request, &err));
  assert_string_equal(buf_text(&request.url), "https://discord.com/api/v10/gateway/bot");
  assert_string_equal(request.method, "GET");
  assert_string_equal(buf_text(&request.headers[0]), "Authorization: Bot " TOKEN);
  assert_non_null(strstr(buf_text(&request.headers[1]), "User-Agent: DiscordBot ("));
  http_request_done(&request);
  assert_true(gateway_bot_request(TOKEN, "http://127.0.0.1:9", &request, &err));
  assert_string_equal(buf_text(&request.url), "http://127.0.0.1:9/api/v10/gateway/bot");
  http_request_done(&request);
}

/* --- presence ------------------------------------------------------------------------------------------------------ */

static void presence_is_shown_at_ready_and_then_once_a_minute_when_it_is_new(void **state) {
  (void)state;
  start("");
  gateway_machine_show(&machine, "Kimi $4.20");
  finish_start();
  step_until_sent();
  assert_string_equal(last_sent(), "{\"op\":3,\"d\":{\"since\":null,\"activities\":[{\"name\":\"Lowtide\",\"type\":4,"
                                   "\"state\":\"Kimi $4.20\"}],\"status\":\"online\",\"afk\":false}}");
  gateway_machine_show(&machine, "Kimi $4.20");
  assert_int_equal(presences(60000), 0);
  int64_t began_ms = clock_ms;
  gateway_machine_show(&machine, "Kimi $4.10");
  gateway_machine_show(&machine, "Kimi $4.00");
  assert_int_equal(presences(1000), 1);
  gateway_machine_show(&machine, "Kimi $3.90");
  assert_int_equal(presences(58000), 0);
  assert_int_equal(presences(2000), 1);
  assert_true(clock_ms - began_ms >= 60000);
  gateway_machine_show(&machine, "");
  assert_int_equal(presences(61000), 1);
  assert_non_null(strstr(last_sent_presence, "\"activities\":[]"));
}

/* What was said into a dying connection has arrived nowhere. */
static void a_resumed_session_is_told_again_what_it_shows(void **state) {
  (void)state;
  get_ready();
  gateway_machine_show(&machine, "Kimi $4.20");
  step_until_sent();
  lose(0);
  until_connecting();
  gateway_machine_opened(&machine);
  hello();
  forget_sent();
  frame("{\"op\":0,\"t\":\"RESUMED\",\"s\":43,\"d\":{}}");
  assert_int_equal(presences(61000), 1);
  assert_non_null(strstr(last_sent_presence, "Kimi $4.20"));
  assert_int_equal(presences(600000), 0);
}

static void a_session_of_an_earlier_life_shows_what_is_wanted_now(void **state) {
  (void)state;
  char memo[GATEWAY_MEMO_MAX];
  get_ready();
  (void)text_copy(memo, sizeof memo, on_its_way);
  start(memo);
  gateway_machine_opened(&machine);
  hello();
  frame("{\"op\":0,\"t\":\"RESUMED\",\"s\":43,\"d\":{}}");
  assert_int_equal(presences(1000), 0); /* nobody has said anything */
  gateway_machine_show(&machine, "");
  assert_int_equal(presences(1000), 1);
  assert_non_null(strstr(last_sent_presence, "\"activities\":[]"));
  get_ready();
  gateway_machine_show(&machine, "");
  assert_int_equal(presences(100000), 0); /* a new one shows nothing by itself */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_new_session_is_asked_for_after_hello_and_its_note),
      cmocka_unit_test(an_interaction_is_handed_on_with_its_own_json),
      cmocka_unit_test(an_interaction_before_the_session_is_open_is_not_ours),
      cmocka_unit_test(the_held_session_is_resumed_where_discord_said),
      cmocka_unit_test(the_session_is_resumed_after_a_restart),
      cmocka_unit_test(nothing_is_done_any_more_after_the_end),
      cmocka_unit_test(the_first_heartbeat_comes_at_a_chance_moment_of_the_interval),
      cmocka_unit_test(heartbeats_follow_the_interval_and_carry_the_last_sequence),
      cmocka_unit_test(without_an_acknowledgement_the_connection_is_dead),
      cmocka_unit_test(a_heartbeat_that_is_asked_for_is_sent_at_once),
      cmocka_unit_test(a_flood_of_requests_for_heartbeats_stays_below_the_limit),
      cmocka_unit_test(a_heart_that_would_race_is_slowed),
      cmocka_unit_test(hello_that_never_comes_is_given_up),
      cmocka_unit_test(ready_that_never_comes_is_given_up),
      cmocka_unit_test(a_replay_that_takes_long_is_waited_for),
      cmocka_unit_test(op_7_is_obeyed_even_before_hello),
      cmocka_unit_test(op_9_with_true_resumes),
      cmocka_unit_test(op_9_with_false_waits_and_identifies_at_the_first_address),
      cmocka_unit_test(an_ended_session_is_followed_by_a_pause_of_one_to_five_seconds),
      cmocka_unit_test(a_new_session_waits_for_the_note_of_the_last),
      cmocka_unit_test(what_changes_while_a_note_is_written_is_noted_after_it),
      cmocka_unit_test(op_9_with_true_for_ever_ends_in_a_new_session),
      cmocka_unit_test(fatal_codes_stop_and_say_what_to_do),
      cmocka_unit_test(what_each_other_code_leads_to),
      cmocka_unit_test(a_network_that_breaks_while_resuming_is_no_refusal),
      cmocka_unit_test(a_session_that_cannot_be_resumed_is_given_up_after_three_tries),
      cmocka_unit_test(an_address_of_a_session_that_does_not_answer_is_given_up_but_not_the_session),
      cmocka_unit_test(what_cannot_be_understood_is_passed_over_and_told_once),
      cmocka_unit_test(a_sequence_that_goes_back_is_taken_as_it_is),
      cmocka_unit_test(a_ready_without_its_members_is_a_session_that_cannot_be_resumed),
      cmocka_unit_test(a_resume_address_that_is_not_wss_is_not_used),
      cmocka_unit_test(hello_twice_says_nothing_twice),
      cmocka_unit_test(a_long_absence_is_told_once_and_so_is_its_end),
      cmocka_unit_test(a_certificate_is_told_at_once_and_with_its_mend),
      cmocka_unit_test(a_session_that_comes_and_goes_is_not_waited_for_long),
      cmocka_unit_test(the_wait_grows_and_is_short_again_only_after_a_minute_that_held),
      cmocka_unit_test(the_sequence_is_kept_every_half_minute_at_most),
      cmocka_unit_test(no_session_is_started_while_none_is_left),
      cmocka_unit_test(a_session_that_waits_its_turn_says_so_and_until_when),
      cmocka_unit_test(an_unknown_token_stops),
      cmocka_unit_test(a_busy_or_broken_discord_is_asked_again),
      cmocka_unit_test(a_limit_that_is_not_told_is_none),
      cmocka_unit_test(the_request_is_as_discord_wants_it),
      cmocka_unit_test(presence_is_shown_at_ready_and_then_once_a_minute_when_it_is_new),
      cmocka_unit_test(a_resumed_session_is_told_again_what_it_shows),
      cmocka_unit_test(a_session_of_an_earlier_life_shows_what_is_wanted_now),
  };
  return cmocka_run_group_tests_name("door gateway machine", tests, NULL, NULL);
}
