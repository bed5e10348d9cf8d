#include <string.h>

#include "lowtide/text.h"
#include "provider/recipe_parts.h"

const char *const field_names[FIELD_COUNT + 1] = {"available", "cash", "voucher", "used", "limit", NULL};

/* --- reading ------------------------------------------------------------------------------------------------------- */

static const char *const prefix_words[] = {
    [PREFIX_NONE] = "", [PREFIX_ABS] = "abs", [PREFIX_NEG] = "neg", [PREFIX_SUM] = "sum"};
static const char *const op_words[] = {[OP_PLUS] = "plus", [OP_MINUS] = "minus", [OP_TIMES] = "times", [OP_OVER] = "over"};

/* A name among the words; -1 if it is none of them. */
static int find_word(const char *word, const char *const *words, int count) {
  for (int i = 0; i < count; i++) {
    if (text_eq(word, words[i])) return i;
  }
  return -1;
}

static bool is_path(const char *word) {
  return *word == '/' || strstr(word, ":/") != NULL;
}

static bool read_number(struct recipe_reader *reader, const char *word, struct decimal *out) {
  struct err err = {0};
  if (word != NULL && decimal_parse(word, out, &err)) return true;
  return err_set(reader->err, ERR_CONFIG, "\"%s\" is not a number", word == NULL ? "" : word);
}

bool field_of(const char *name, enum recipe_field *field) {
  int found = name == NULL ? -1 : find_word(name, field_names, FIELD_COUNT);
  if (found >= 0) *field = (enum recipe_field)found;
  return found >= 0;
}

static bool find_name(struct recipe_reader *reader, const char *word, struct recipe_operand *operand) {
  const struct recipe *recipe = reader->recipe;
  for (size_t i = 0; i < recipe->field_count; i++) {
    if (!text_eq(word, field_names[recipe->order[i]])) continue;
    operand->kind = OPERAND_FIELD;
    operand->index = (size_t)recipe->order[i];
    return true;
  }
  for (size_t i = 0; i < recipe->set_count; i++) {
    if (!text_eq(word, recipe->sets[i].name)) continue;
    operand->kind = OPERAND_SET;
    operand->index = i;
    return true;
  }
  return err_set(reader->err, ERR_CONFIG, "\"%s\" is no number, no pointer and no amount or set above it", word);
}

static bool read_sum(struct recipe_reader *reader, struct recipe_operand *operand) {
  struct recipe *recipe = reader->recipe;
  if (operand->kind != OPERAND_PATH || operand->path->star_count == 0 || operand->path->ask == PATH_FROM_ROW) {
    return err_set(reader->err, ERR_CONFIG, "`sum` takes a pointer with /* in it, and not from `row:`");
  }
  if (recipe->sum_count == RECIPE_SUMS_MAX) {
    return err_set(reader->err, ERR_CONFIG, "a recipe takes at most %d sums", RECIPE_SUMS_MAX);
  }
  operand->index = recipe->sum_count;
  recipe->sums[recipe->sum_count++] = operand->path;
  return true;
}

static bool read_operand(struct recipe_reader *reader, const char *after, struct recipe_operand *operand) {
  const char *word = reader_word(reader);
  int prefix = word == NULL ? -1 : find_word(word, prefix_words, PREFIX_SUM + 1);
  if (prefix > PREFIX_NONE) {
    operand->prefix = (enum operand_prefix)prefix;
    after = word;
    word = reader_word(reader);
  }
  if (word == NULL) return err_set(reader->err, ERR_CONFIG, "an amount is missing after `%s`", after);
  if (is_path(word)) {
    operand->kind = OPERAND_PATH;
    if (!read_path(reader, word, &operand->path)) return false;
  } else if (strchr("0123456789-+.", *word) != NULL) {
    if (!read_number(reader, word, &operand->number)) return false;
  } else if (!find_name(reader, word, operand)) {
    return false;
  }
  return operand->prefix != PREFIX_SUM || read_sum(reader, operand);
}

static bool read_terms(struct recipe_reader *reader, struct recipe_amount *amount, const char *after) {
  struct recipe_term **end = &amount->terms;
  int op = OP_PLUS;
  for (;;) {
    struct recipe_term *term = *end = arena_alloc(reader->recipe->arena, sizeof *term);
    end = &term->next;
    term->op = (enum term_op)op;
    if (!read_operand(reader, after, &term->operand)) return false;
    bool by_zero = term->operand.kind == OPERAND_NUMBER && decimal_compare(term->operand.number, decimal_of_int(0)) == 0;
    if (op == OP_OVER && by_zero) return err_set(reader->err, ERR_CONFIG, "nothing can be divided by 0");
    after = reader->words[reader->at];
    op = after == NULL ? -1 : find_word(after, op_words, OP_OVER + 1);
    if (op < 0) return true;
    reader->at++;
  }
}

static bool read_unless(struct recipe_reader *reader, struct recipe_amount *amount) {
  if (!reader_skip(reader, "unless")) return true;
  const char *word = reader->words[reader->at];
  if (word != NULL && is_path(word)) {
    struct recipe_clause *clause = NULL;
    amount->unless = UNLESS_CLAUSE;
    bool read = read_clause(reader, false, &clause);
    amount->unless_clause = clause;
    return read;
  }
  if (reader_skip(reader, "absent")) {
    amount->unless = UNLESS_ABSENT;
    return true;
  }
  amount->unless = reader_skip(reader, "below") ? UNLESS_BELOW : UNLESS_IS;
  return read_number(reader, reader_word(reader), &amount->unless_number);
}

bool read_amount(struct recipe_reader *reader, enum recipe_field field) {
  struct recipe *recipe = reader->recipe;
  struct recipe_amount *first = NULL;
  struct recipe_amount **end = &first;
  const char *after = reader->pair->key;
  do {
    *end = arena_alloc(recipe->arena, sizeof **end);
    if (!read_terms(reader, *end, after) || !read_unless(reader, *end)) return false;
    end = &(*end)->otherwise;
    after = "or";
  } while (reader_skip(reader, "or"));
  const char *left = reader_word(reader);
  if (left != NULL) {
    return err_set(reader->err, ERR_CONFIG, "\"%s\" is none of plus, minus, times, over, unless and or", left);
  }
  recipe->fields[field] = first;
  recipe->formulas[field] = arena_dup(recipe->arena, reader->pair->value);
  recipe->order[recipe->field_count++] = field;
  return true;
}

/* --- running ------------------------------------------------------------------------------------------------------- */

static bool combine(enum term_op op, const struct amount_value *b, struct amount_value *total, struct err *err) {
  if (total->absent == NULL) total->absent = b->absent;
  total->null = total->null || b->null;
  if (total->null || total->absent != NULL) return true;
  switch (op) {
  case OP_PLUS: return decimal_add(total->number, b->number, &total->number, err);
  case OP_MINUS: return decimal_sub(total->number, b->number, &total->number, err);
  case OP_TIMES: return decimal_mul(total->number, b->number, &total->number, err);
  case OP_OVER: break;
  }
  return decimal_div(total->number, b->number, &total->number, err);
}

struct adding {
  const struct recipe_path *path;
  struct recipe_sum *sum;
};

static bool visit_sum(void *context, const struct json *value, struct err *err) {
  struct adding *adding = context;
  struct amount_value item = {0};
  adding->sum->matches++;
  return value_amount(value, adding->path, &item, err) && combine(OP_PLUS, &item, &adding->sum->total, err);
}

bool run_add_sums(struct recipe_run *run, struct err *err) {
  for (size_t i = 0; i < run->recipe->sum_count; i++) {
    struct adding adding = {.path = run->recipe->sums[i], .sum = &run->sums[i]};
    if (adding.path->ask != (int)run->ask) continue;
    struct path_visitor visitor = {.visit = visit_sum, .context = &adding};
    run->key = "sum";
    if (!path_each(run, adding.path, &visitor, err)) return false;
    tell_amount(run, adding.path->text, &adding.sum->total);
    adding.sum->filtered += visitor.filtered;
  }
  return true;
}

/* Rows that are all of another unit do not make this one's balance 0. */
static bool sum_value(const struct recipe_run *run, const struct recipe_operand *operand, struct amount_value *out,
                      struct err *err) {
  const struct recipe_sum *sum = &run->sums[operand->index];
  if (sum->matches == 0 && sum->filtered > 0) {
    (void)err_set(err, ERR_MALFORMED, "no row fits %s", operand->path->text);
    return err_hint(err, "set `unit` to one that the vendor lists");
  }
  *out = sum->total;
  return true;
}

static bool path_value(const struct recipe_run *run, const struct recipe_operand *operand, struct amount_value *out,
                       struct err *err) {
  if (operand->prefix == PREFIX_SUM) return sum_value(run, operand, out, err);
  const struct json *value = NULL;
  return path_one(run, operand->path, &value, err) && value_amount(value, operand->path, out, err);
}

static bool set_value(const struct recipe_run *run, size_t index, struct amount_value *out, struct err *err) {
  const char *name = run->recipe->sets[index].name;
  const char *text = run_value(run, name);
  *out = (struct amount_value){0};
  return (text != NULL && decimal_parse(text, &out->number, err)) ||
         err_set(err, ERR_MALFORMED, "%s is not a number", name);
}

static bool operand_value(const struct recipe_run *run, const struct recipe_operand *operand, struct amount_value *out,
                          struct err *err) {
  bool found = true;
  switch (operand->kind) {
  case OPERAND_NUMBER: *out = (struct amount_value){.number = operand->number}; break;
  case OPERAND_FIELD: *out = run->fields[operand->index]; break;
  case OPERAND_SET: found = set_value(run, operand->index, out, err); break;
  case OPERAND_PATH: found = path_value(run, operand, out, err); break;
  }
  if (!found || out->null || out->absent != NULL) return found;
  if (operand->prefix == PREFIX_ABS) out->number = decimal_abs(out->number);
  if (operand->prefix == PREFIX_NEG) out->number = decimal_neg(out->number);
  return true;
}

static bool is_excluded(const struct recipe_run *run, const struct recipe_amount *amount, struct decimal number) {
  switch (amount->unless) {
  case UNLESS_NOTHING:
  case UNLESS_ABSENT: break;
  case UNLESS_IS: return decimal_compare(number, amount->unless_number) == 0;
  case UNLESS_BELOW: return decimal_compare(number, amount->unless_number) < 0;
  case UNLESS_CLAUSE: return clause_holds(run, amount->unless_clause);
  }
  return false;
}

static bool chain_value(const struct recipe_run *run, const struct recipe_amount *amount, struct amount_value *out,
                        struct err *err) {
  struct amount_value total = {.number = decimal_of_int(0)};
  for (const struct recipe_term *term = amount->terms; term != NULL; term = term->next) {
    struct amount_value next = {0};
    if (!operand_value(run, &term->operand, &next, err) || !combine(term->op, &next, &total, err)) return false;
  }
  if (total.absent != NULL && amount->unless == UNLESS_ABSENT) total = (struct amount_value){.null = true};
  if (!total.null && total.absent == NULL) total.null = is_excluded(run, amount, total.number);
  *out = total;
  return true;
}

bool run_amount(struct recipe_run *run, const struct recipe_amount *amount, struct amount_value *out, struct err *err) {
  struct amount_value value = {.null = true};
  for (; amount != NULL && value.null && value.absent == NULL; amount = amount->otherwise) {
    if (!chain_value(run, amount, &value, err)) return false;
  }
  *out = value;
  return true;
}
