/* recipe_parts: what a recipe is made of once it is read, and the steps of reading and running it. Private to the room.
 * All of it lives in the recipe's arena and never changes; what one gathering learns stands in struct recipe_run. */
#ifndef LOWTIDE_PROVIDER_RECIPE_PARTS_H
#define LOWTIDE_PROVIDER_RECIPE_PARTS_H

#include "lowtide/buf.h"
#include "lowtide/json.h"
#include "lowtide/mem.h"
#include "lowtide/money.h"
#include "lowtide/provider.h"

enum {
  RECIPE_ASKS_MAX = 6,
  RECIPE_SETS_MAX = 4,
  RECIPE_SET_TEXT_MAX = 128,
  RECIPE_SUMS_MAX = 8,
  RECIPE_ROWS_MAX = 32,
  RECIPE_WORDS_MAX = 64,
  RECIPE_STARS_MAX = 4,
  RECIPE_CURSOR_MAX = 512,
  RECIPE_DAYS_MAX = 400
};

/* --- pieces -------------------------------------------------------------------------------------------------------- */

struct recipe_star {
  const char *member; /* NULL: all rows; else those whose member is value */
  const char *value;  /* NULL: is the account's unit */
};

#define PATH_FROM_ROW (-1)

/* pointers[0] leads from the root to the first list, pointers[1] from a row of it to the next, … */
struct recipe_path {
  const char *text; /* as written */
  int ask;          /* or PATH_FROM_ROW */
  size_t star_count;
  const char *pointers[RECIPE_STARS_MAX + 1];
  struct recipe_star stars[RECIPE_STARS_MAX];
};

enum part_kind {
  PART_TEXT,
  PART_VALUE,
  PART_BASE64,
  PART_DAY,
  PART_MONTH,
  PART_MONTH_START,
  PART_SINCE,
  PART_SINCE_DAY,
  PART_NOW,
  PART_BASE
};

struct recipe_part {
  struct recipe_part *next;
  enum part_kind kind;
  const char *text;  /* itself, or the value's name */
  const char *other; /* PART_BASE64: the name after the colon */
  int days;          /* PART_DAY */
};

struct recipe_template {
  struct recipe_part *parts;
};

struct recipe_ask {
  const char *name; /* "" for the only one */
  char method[8];
  struct recipe_template url;
  size_t origin_length; /* of the url's first text: "https://host"; 0 with {base} */
  bool for_amounts;     /* something but a set needs its answer */
  int line;
};

struct recipe_header {
  struct recipe_header *next;
  const char *name;
  struct recipe_template value;
};

struct recipe_set {
  const char *key; /* set.NAME */
  const char *name;
  const struct recipe_path *path;
};

struct clause_value {
  struct clause_value *next;
  const char *word; /* as written, "below 0" */
  bool is_number;
  bool is_below;
  struct decimal number;
};

/* POINTER is VALUE or VALUE … */
struct recipe_clause {
  struct recipe_clause *next;
  const struct recipe_path *path;
  struct clause_value *values;
};

struct recipe_verdict {
  struct recipe_verdict *next;
  const char *key; /* fail.CODE */
  enum err_code code;
  struct recipe_clause *clauses; /* all of them hold */
};

struct recipe_mapped {
  struct recipe_mapped *next;
  int status;
  enum err_code code;
};

struct recipe_hint {
  struct recipe_hint *next;
  enum err_code code;
  const char *text;
};

enum recipe_field { FIELD_AVAILABLE, FIELD_CASH, FIELD_VOUCHER, FIELD_USED, FIELD_LIMIT, FIELD_COUNT };

enum operand_kind { OPERAND_NUMBER, OPERAND_FIELD, OPERAND_SET, OPERAND_PATH };
enum operand_prefix { PREFIX_NONE, PREFIX_ABS, PREFIX_NEG, PREFIX_SUM };
enum term_op { OP_PLUS, OP_MINUS, OP_TIMES, OP_OVER };

struct recipe_operand {
  enum operand_prefix prefix;
  enum operand_kind kind;
  struct decimal number;
  size_t index; /* of the field or the set; of the sum where prefix is PREFIX_SUM */
  const struct recipe_path *path;
};

struct recipe_term {
  struct recipe_term *next;
  enum term_op op;
  struct recipe_operand operand;
};

enum unless_kind { UNLESS_NOTHING, UNLESS_IS, UNLESS_BELOW, UNLESS_CLAUSE, UNLESS_ABSENT };

struct recipe_amount {
  struct recipe_amount *otherwise; /* what follows `or`: counts if this one is null */
  struct recipe_term *terms;
  enum unless_kind unless;
  struct decimal unless_number;
  const struct recipe_clause *unless_clause;
};

struct recipe_unit {
  const struct recipe_path *path; /* NULL: not told by the vendor */
  const char *word;               /* "" if there is none */
};

struct recipe_host_unit {
  struct recipe_host_unit *next;
  const char *host;
  const char *word;
};

/* Where a value comes from unless the account says it. */
struct recipe_variable {
  struct recipe_variable *next;
  const char *key; /* env.NAME */
  const char *name;
  const char *variable;
  int line;
};

struct recipe_next {
  const struct recipe_path *path; /* NULL: one page */
  const char *parameter;
  int max;
};

struct recipe {
  struct arena *arena;
  struct recipe_about about;
  struct recipe_ask asks[RECIPE_ASKS_MAX];
  size_t ask_count;
  struct recipe_header *headers;
  struct recipe_template body;
  struct recipe_set sets[RECIPE_SETS_MAX];
  size_t set_count;
  struct recipe_next next;
  struct recipe_clause *ok;
  struct recipe_verdict *fails;
  struct recipe_mapped *statuses;
  struct recipe_hint *hints;
  const char *fallback_name; /* NULL: none */
  unsigned fallback_codes;   /* bits by enum err_code */
  const struct recipe *fallback;
  const struct recipe_path *row;
  bool row_by_unit;
  bool row_by_most; /* of several rows the one with the most of row_most */
  enum recipe_field row_most;
  struct recipe_variable *variables;
  struct recipe_unit unit;
  struct recipe_host_unit *host_units;
  enum recipe_field order[FIELD_COUNT];
  size_t field_count;
  const struct recipe_amount *fields[FIELD_COUNT];
  const char *formulas[FIELD_COUNT]; /* the same as written */
  const struct recipe_path *time;
  const struct recipe_path *resets_at;
  const struct recipe_path *sums[RECIPE_SUMS_MAX];
  size_t sum_count;
  struct setting *settings;
};

/* --- reading ------------------------------------------------------------------------------------------------------- */

struct recipe_reader {
  struct recipe *recipe;
  const struct pair *pair;
  struct err *err;
  const struct recipe_key *key;
  char *words[RECIPE_WORDS_MAX + 1]; /* of the pair's value, NULL at the end */
  size_t at;
};

/* Asks are read before what points into their answers, `row` and `unit` before what starts from them. */
enum recipe_pass { PASS_ASKS, PASS_SETS, PASS_ROW, PASS_UNIT, PASS_REST, PASS_COUNT };

/* One key that a recipe takes; a name that ends with a dot takes more behind it, which read gets. */
struct recipe_key {
  const char *name;
  enum recipe_pass pass;
  bool points; /* an ask that it points to is made for its sake */
  bool (*read)(struct recipe_reader *reader, const char *rest);
};

extern const struct recipe_key recipe_keys[]; /* NULL name at the end */

/* Splits the pair's value into words. */
bool reader_split(struct recipe_reader *reader);
bool reader_ended(struct recipe_reader *reader);       /* an error if there are words left */
const char *reader_word(struct recipe_reader *reader); /* the next one, taken; NULL at the end */
bool reader_skip(struct recipe_reader *reader, const char *word);
/* The contract's code of that name, or an error. */
bool reader_code(struct recipe_reader *reader, const char *name, enum err_code *code);
int small_number(const char *text); /* of at most three digits; -1 if it is not one */
bool name_is_valid(const char *name, size_t length);
/* The amount of that name; false if there is none. */
bool field_of(const char *name, enum recipe_field *field);

bool read_path(struct recipe_reader *reader, const char *text, const struct recipe_path **out);
bool read_template(struct recipe_reader *reader, const char *text, bool braces_are_text, struct recipe_template *out);
bool read_amount(struct recipe_reader *reader, enum recipe_field field);
bool read_clause(struct recipe_reader *reader, bool alternatives, struct recipe_clause **out);
bool read_clauses(struct recipe_reader *reader, struct recipe_clause **out);

struct setting *settings_of(struct recipe *recipe);
/* The variable that a value is read from; "" if there is none. */
const char *recipe_variable(const struct recipe *recipe, const char *name);

extern const char *const field_names[FIELD_COUNT + 1];

/* --- running ------------------------------------------------------------------------------------------------------- */

/* An amount on its way. Null is what the vendor says it does not know, absent is what it does not say at all. */
struct amount_value {
  bool null;
  const char *absent; /* the path that leads nowhere, or NULL */
  struct decimal number;
};

struct recipe_sum {
  struct amount_value total;
  size_t filtered; /* rows that filters looked at */
  size_t matches;
};

struct recipe_run {
  const struct recipe *recipe;
  const struct account *account;
  int64_t now_ms;
  size_t ask; /* the one under way */
  bool started;
  int page;
  struct json *answers[RECIPE_ASKS_MAX];
  const struct json *row;
  const struct recipe_listener *listener; /* NULL: nobody listens */
  const char *key;                        /* of the recipe, at work now */
  const char *unit;                       /* that filters go by; NULL: they drop out */
  /* NULL while there are none of them: hundreds of runs wait for their first answer at once, and most recipes have few. */
  struct amount_value *fields; /* FIELD_COUNT */
  struct recipe_sum *sums;
  char *sets[RECIPE_SETS_MAX]; /* NULL: not told yet */
  char *cursor;                /* of the next page; NULL: there is none */
  uint64_t *cursors;           /* hashes of those before */
};

void run_start(struct recipe_run *run, const struct recipe *recipe, const struct account *account, int64_t now_ms);
void run_done(struct recipe_run *run);
bool account_has(const struct account *account, const char *name);
/* The text of an account's value or of a set; NULL if there is none. */
const char *run_value(const struct recipe_run *run, const char *name);
const struct json *run_root(const struct recipe_run *run, const struct recipe_path *path);

/* Where the path leads, which has no lists in it; NULL if it is not there. */
const struct json *path_plain(const struct recipe_run *run, const struct recipe_path *path);
/* Where the value is that the path leads to, exactly one (NULL if it is not there); false if there are several. */
bool path_one(const struct recipe_run *run, const struct recipe_path *path, const struct json **out, struct err *err);
struct path_visitor {
  bool (*visit)(void *context, const struct json *value, struct err *err);
  void *context;
  size_t filtered; /* how many rows the filters have looked at */
};
/* Each of them. */
bool path_each(const struct recipe_run *run, const struct recipe_path *path, struct path_visitor *visitor, struct err *err);
bool value_amount(const struct json *value, const struct recipe_path *path, struct amount_value *out, struct err *err);

/* Judges an answer and keeps what it tells. */
bool run_take(struct recipe_run *run, const struct answer *answer, struct err *err);
/* The ask to make now; asks is false if there is none left. */
bool run_next(struct recipe_run *run, struct ask *ask, bool *asks, struct err *err);
bool run_build(struct recipe_run *run, struct ask *ask, struct err *err);
bool run_judge(struct recipe_run *run, const struct http_answer *answer, struct err *err);
bool clause_holds(const struct recipe_run *run, const struct recipe_clause *clause);
bool run_add_sums(struct recipe_run *run, struct err *err);
bool run_amount(struct recipe_run *run, const struct recipe_amount *amount, struct amount_value *out, struct err *err);
bool run_result(struct recipe_run *run, struct reading *reading, struct err *err);

/* --- telling: nothing is done where nobody listens ----------------------------------------------------------------- */

/* What stands at one of the path's pointers. */
void tell_found(const struct recipe_run *run, const struct recipe_path *path, size_t level, const struct json *from);
/* What came of the key at work. */
void tell_result(const struct recipe_run *run, const char *formula, const char *format, ...) PRINTF_LIKE(3, 4);
void tell_clause(const struct recipe_run *run, const struct recipe_clause *clause, bool holds);
void tell_amount(const struct recipe_run *run, const char *formula, const struct amount_value *value);
void tell_time(const struct recipe_run *run, const struct recipe_path *path, int64_t time_ms);

#endif
