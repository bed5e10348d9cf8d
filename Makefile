# Lowtide: `make run` and `make test` are all that is needed; `make help` lists the rest.

prefix ?= /usr/local
exec_prefix ?= $(prefix)
bindir ?= $(exec_prefix)/bin
datarootdir ?= $(prefix)/share
docdir ?= $(datarootdir)/doc/lowtide
mandir ?= $(datarootdir)/man
systemdsystemunitdir ?= $(prefix)/lib/systemd/system
bashcompletiondir ?= $(datarootdir)/bash-completion/completions
INSTALL ?= install
CFLAGS ?= -O2 -g
BUILD ?= build
# make SANITIZE=address,undefined builds beside the plain objects, in its own folder
SANITIZE ?=

VERSION := 0.1.0
PACKAGES := libuv libcurl libwebsockets libmicrohttpd libcjson sqlite3 libpq inih libssl libcrypto
# Charts are drawn where these are there; else a line of text stands for them. make CHARTS= leaves them out.
CHARTS ?= cairo cairo-ft fontconfig
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wswitch -Wvla \
  -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wpointer-arith -Wundef -Wwrite-strings
ifdef CI
WARNINGS += -Werror
endif

ifeq ($(SANITIZE),)
OUT := $(BUILD)
HARDENING := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
LINK_HARDENING := -pie -Wl,-z,relro,-z,now,--as-needed
else
OUT := $(BUILD)/sanitized
HARDENING := -O1 -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK_HARDENING := -fsanitize=$(SANITIZE)
endif
ifeq ($(shell uname -s),Darwin)
HARDENING := $(filter-out -fstack-clash-protection -fPIE,$(HARDENING))
LINK_HARDENING := $(filter-out -pie -Wl%,$(LINK_HARDENING))
endif

# A container may show its host's many processors and have few of them.
JOBS := $(shell n=$$(nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2); echo $$((n < 16 ? n : 16)))
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(JOBS)
endif

ALL_CPPFLAGS = -D_GNU_SOURCE -DLOWTIDE_VERSION='"$(VERSION)"' -Iinclude -Isrc $(PACKAGE_CFLAGS) $(CPPFLAGS)
ALL_CFLAGS = -std=gnu17 $(WARNINGS) $(CFLAGS) $(HARDENING) -MMD -MP
LIBS = $(PACKAGE_LIBS) -lpthread -lm

SOURCES := $(sort $(wildcard src/*/*.c))
HEADERS := $(sort $(wildcard include/lowtide/*.h src/*/*.h))
RECIPES := $(sort $(wildcard src/provider/recipes/*.ini))
GENERATED := $(OUT)/gen/recipes.c
FONTS := src/compose/fonts/regular.otf src/compose/fonts/bold.otf
OBJECTS := $(SOURCES:src/%.c=$(OUT)/obj/%.o) $(OUT)/obj/recipes.o $(OUT)/obj/fonts.o
UNIT_TESTS := $(patsubst tests/%.c,$(OUT)/tests/%,$(sort $(wildcard tests/unit/*_test.c tests/flow/*_test.c)))
FAKES := $(patsubst tests/%.c,$(OUT)/tests/%,$(sort $(wildcard tests/fake/*.c)))
FUZZERS := $(patsubst tests/%.c,$(OUT)/tests/%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
FUZZ_REPLAYS := $(FUZZERS:_fuzz=_replay)
SIMULATION := $(OUT)/tests/simulate/simulate
# Programs that speak TAP as they stand; those that wait longest come first, so that nobody waits for them at the end.
LONG_TESTS := $(addprefix tests/,torture/run e2e/test_slack_line.py e2e/test_gateway_again.py e2e/test_judges.py e2e/test_payloads.py \
  e2e/test_answers.py e2e/test_gateway_start.py e2e/test_update.py e2e/test_http.py)
SCRIPT_TESTS := $(LONG_TESTS) $(filter-out $(LONG_TESTS),$(sort $(wildcard tests/torture/test_*.py tests/e2e/test_*.py)) \
  $(sort $(wildcard tests/contrib/*_test tests/lint/*_test)))

# One short line a step; V=1 shows the whole commands.
V ?=
say = $(if $(V),,@echo '  $(1)  $(2)';)

.PHONY: all run test check test-deps test-packages unit lint bench install uninstall clean help
.DELETE_ON_ERROR:

all: $(OUT)/lowtide

# What pkg-config says, in a makefile of its own: make builds it first, installing what is missing, and then starts over.
ifneq ($(filter-out clean help uninstall test-deps,$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/packages.mk
endif

$(BUILD)/packages.mk: contrib/setup/packages Makefile
	@contrib/setup/packages build
	@mkdir -p $(@D)
	@charts=; if [ -n "$(CHARTS)" ] && pkg-config --exists $(CHARTS); then charts="$(CHARTS)"; fi; \
	flags="$$(pkg-config --cflags $(PACKAGES) $$charts)$${charts:+ -DLOWTIDE_CHARTS}" && \
	libs=$$(pkg-config --libs $(PACKAGES) $$charts) && \
	printf 'PACKAGE_CFLAGS := %s\nPACKAGE_LIBS := %s\n' "$$flags" "$$libs" >$@

$(OUT)/lowtide: $(OUT)/obj/main.o $(OUT)/liblowtide.a
	$(call say,LD,$@)$(CC) $(ALL_CFLAGS) $(LINK_HARDENING) $(LDFLAGS) -o $@ $^ $(LIBS)

$(OUT)/liblowtide.a: $(OBJECTS)
	@rm -f $@
	@$(AR) rcs $@ $^

$(OUT)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(OUT)/obj/recipes.o: $(GENERATED)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# A recipe becomes a C string, line by line.
$(GENERATED): $(RECIPES) Makefile
	@mkdir -p $(@D)
	@{ echo '#include "lowtide/provider.h"'; echo 'const struct embedded_recipe embedded_recipes[] = {'; \
	for f in $(RECIPES); do n=$${f##*/}; printf '{"%s",\n' "$${n%.ini}"; \
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/  "/' -e 's/$$/\\n"/' "$$f"; echo '},'; done; echo '{0}};'; } >$@

$(OUT)/obj/fonts.o: $(OUT)/gen/fonts.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# The letters of the charts become an array of bytes each.
$(OUT)/gen/fonts.c: $(FONTS) Makefile
	@mkdir -p $(@D)
	@{ echo '#include "compose/fonts.h"'; for f in $(FONTS); do n=$${f##*/}; n=$${n%.otf}; \
	echo "static const unsigned char $${n}_bytes[] = {"; od -An -v -tu1 "$$f" | sed -e 's/  */,/g' -e 's/^,//' -e 's/$$/,/'; \
	echo "};"; echo "const struct font_file font_$$n = {$${n}_bytes, sizeof $${n}_bytes};"; done; } >$@

config.ini: | config.ini.example
	@$(INSTALL) -m 600 config.ini.example $@
	@echo "Made config.ini from config.ini.example: put your accounts and channels there."

run: all config.ini
	@exec $(OUT)/lowtide run --config config.ini --or-sandbox $(BUILD)/sandbox

# --- tests

$(OUT)/tests/fake/%: tests/fake/%.c $(OUT)/liblowtide.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(ALL_CPPFLAGS) -Itests $(ALL_CFLAGS) $(LINK_HARDENING) $(LDFLAGS) -o $@ $< $(OUT)/liblowtide.a $(LIBS)

$(OUT)/tests/simulate/%: tests/simulate/%.c $(OUT)/liblowtide.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(ALL_CPPFLAGS) -Itests $(ALL_CFLAGS) $(LINK_HARDENING) $(LDFLAGS) -o $@ $< $(OUT)/liblowtide.a $(LIBS)

$(OUT)/tests/%: tests/%.c $(OUT)/liblowtide.a | test-packages
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(ALL_CPPFLAGS) -Itests $(ALL_CFLAGS) $(LINK_HARDENING) $(LDFLAGS) -o $@ $< $(OUT)/liblowtide.a $(LIBS) -lcmocka

test-packages:
	@contrib/setup/packages test

# The peers that some tests need, and that CI has.
test-deps:
	@contrib/setup/packages build test peers
	@echo "All that the tests need is there."

test:
	@$(MAKE) --no-print-directory SANITIZE=address,undefined check

check: $(OUT)/lowtide $(UNIT_TESTS) $(FAKES) $(FUZZ_REPLAYS) $(SIMULATION) | test-packages torture-parts
	@LOWTIDE_BUILD=$(OUT) LOWTIDE_TORTURE_BUILD=$(BUILD) TORTURE_POINTS=$(TORTURE_SAMPLE) tests/run -j$$((2 * $(JOBS))) $(SCRIPT_TESTS) $(SIMULATION) $(UNIT_TESTS) $(FUZZ_REPLAYS)

# The unit and flow tests of the current flavour alone, and what fuzzing has found so far.
unit: $(UNIT_TESTS) $(FUZZ_REPLAYS)
	@tests/run $(UNIT_TESTS) $(FUZZ_REPLAYS)

# config.ini.example is what the tables of src/conf print.
.PHONY: example
example: $(OUT)/tests/unit/conf_example_test
	@$< --write

# --- simulation: months in which everything goes wrong, from seeds; make test lives a few days of it

.PHONY: simulate
simulate: $(SIMULATION)
	@$< --all

# --- torture: the plain program, killed at one call after the other by a preloaded library

# so many moments make test tries; make torture tries all of them
TORTURE_SAMPLE ?= 300

.PHONY: torture torture-parts
torture: torture-parts
	@LOWTIDE_TORTURE_BUILD=$(BUILD) tests/torture/run

# the library and the sanitizers do not go together
ifeq ($(SANITIZE),)
torture-parts: $(OUT)/lowtide $(OUT)/torture/strike.so
else
torture-parts:
	@$(MAKE) --no-print-directory SANITIZE= torture-parts
endif

$(OUT)/torture/strike.so: tests/torture/strike.c Makefile
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -D_GNU_SOURCE -std=gnu17 $(WARNINGS) $(CFLAGS) -fPIC -shared $(LDFLAGS) -o $@ $<

# --- endurance: chats whose lines break every 2 s for ten minutes; make test takes some seconds of it

ENDURE_MINUTES ?= 10

.PHONY: endure
endure: all
	@contrib/setup/packages test
	@tests/e2e/flapping.py --minutes $(ENDURE_MINUTES)

# --- fuzzing: tests/fuzz/NAME_fuzz.c with its seeds in tests/fuzz/corpus/NAME/ and perhaps words in tests/fuzz/NAME.dict

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 60
# names, such as `recipe vendor`, if not all are meant
FUZZ_TARGETS ?=

$(OUT)/tests/fuzz/%_replay: tests/fuzz/%_fuzz.c tests/fuzz/replay.c $(OUT)/liblowtide.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(ALL_CPPFLAGS) -DFUZZ_CORPUS='"tests/fuzz/corpus/$*"' -Itests $(ALL_CFLAGS) $(LINK_HARDENING) $(LDFLAGS) \
	  -o $@ $(filter-out %.h,$^) $(LIBS)

$(OUT)/tests/fuzz/%_fuzz: tests/fuzz/%_fuzz.c $(OUT)/liblowtide.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(ALL_CPPFLAGS) -Itests $(ALL_CFLAGS) $(LINK_HARDENING) -fsanitize=fuzzer $(LDFLAGS) -o $@ $(filter-out %.h,$^) $(LIBS)

.PHONY: fuzz fuzz-run
fuzz:
	@contrib/setup/packages fuzz
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=$(FUZZ_CC) SANITIZE=fuzzer-no-link,address,undefined fuzz-run

FUZZED := $(if $(FUZZ_TARGETS),$(FUZZ_TARGETS:%=$(OUT)/tests/fuzz/%_fuzz),$(FUZZERS))
fuzz-run: $(FUZZED)
	@tests/fuzz/run $(FUZZ_SECONDS) $(BUILD) $(FUZZED)

# --- lint: each finding has a stamp of its own, so that only what changed is looked at again

LINTED := $(sort $(wildcard src/*.c)) $(SOURCES)
LINTED_TESTS := $(sort $(wildcard tests/*/*.c))
CLANG_WARNINGS := $(filter-out -Werror,$(WARNINGS)) -Werror -Wimplicit-fallthrough -Wcomma -Wunreachable-code
LINT_STAMPS := $(LINTED:%=$(BUILD)/lint/%.tidy) $(LINTED:%=$(BUILD)/lint/%.clang) $(LINTED_TESTS:%=$(BUILD)/lint/%.clang)

lint: lint-layers lint-format lint-cppcheck $(LINT_STAMPS)
	@echo "lint: nothing to mend"

.PHONY: lint-packages lint-layers lint-format lint-cppcheck
lint-packages:
	@contrib/setup/packages lint

lint-layers: | lint-packages
	@tests/lint/layers

lint-format: | lint-packages
	@clang-format --dry-run -Werror $(LINTED) $(HEADERS) $(LINTED_TESTS) $(wildcard tests/*/*.h)

lint-cppcheck: | lint-packages
	@mkdir -p $(BUILD)/lint/cppcheck
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	  --suppress=missingIncludeSystem --cppcheck-build-dir=$(BUILD)/lint/cppcheck -D_GNU_SOURCE \
	  -DLOWTIDE_VERSION='"$(VERSION)"' -Iinclude -Isrc $(LINTED)

# One file a run: clang-tidy 14 sees va_list faults that are none when it is given several.
$(BUILD)/lint/%.tidy: % $(HEADERS) .clang-tidy Makefile | lint-packages
	@mkdir -p $(@D)
	@clang-tidy --quiet --warnings-as-errors='*' $< -- -std=gnu17 $(ALL_CPPFLAGS) 2>$@.err || { cat $@.err; exit 1; }
	@touch $@

$(BUILD)/lint/%.clang: % $(HEADERS) Makefile | lint-packages test-packages
	@mkdir -p $(@D)
	@clang -fsyntax-only -std=gnu17 $(CLANG_WARNINGS) $(ALL_CPPFLAGS) -Itests $<
	@touch $@

# --- what the unit tests reach

.PHONY: coverage coverage-run
coverage:
	@contrib/setup/packages test coverage
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/coverage SANITIZE= CFLAGS='-O0 -g --coverage' HARDENING= LINK_HARDENING= coverage-run

coverage-run: $(UNIT_TESTS) $(FUZZ_REPLAYS)
	@find $(BUILD) -name '*.gcda' -delete
	@tests/run $(UNIT_TESTS) $(FUZZ_REPLAYS) >$(BUILD)/tests.log || { tail -n 40 $(BUILD)/tests.log; exit 1; }
	@tests/coverage/run $(OUT)/obj

# --- charts to look at: every sample of tests/unit/chart_sampling.h, dark and light, in $(BUILD)/charts

$(OUT)/tests/chart/%: tests/chart/%.c $(OUT)/liblowtide.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(ALL_CPPFLAGS) -Itests $(ALL_CFLAGS) $(LINK_HARDENING) $(LDFLAGS) -o $@ $< $(OUT)/liblowtide.a $(LIBS)

.PHONY: charts
charts: $(OUT)/tests/chart/samples
	@mkdir -p $(BUILD)/charts
	@$< $(BUILD)/charts
	@echo "The charts are in $(BUILD)/charts"

# --- measuring

bench: all $(FAKES) bench-runway bench-rules $(OUT)/tests/bench/recipes $(OUT)/tests/bench/questions $(OUT)/bench/stall.so
	@contrib/setup/packages test peers
	@tests/bench/run
	@tests/bench/told
	@tests/bench/answer
	@$(OUT)/tests/bench/recipes

$(OUT)/tests/bench/%: tests/bench/%.c $(OUT)/liblowtide.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(ALL_CPPFLAGS) -Itests $(ALL_CFLAGS) $(LINK_HARDENING) $(LDFLAGS) -o $@ $< $(OUT)/liblowtide.a $(LIBS)

# How far off the forecasts of dry dates are, on simulated accounts (contrib/docs/forecast.md).
.PHONY: bench-runway
bench-runway: $(OUT)/tests/bench/runway
	@$<

# How early the alert rules warn on the same histories, and how often for nothing.
.PHONY: bench-rules
bench-rules: $(OUT)/tests/bench/rules
	@$<

$(OUT)/tests/bench/recipes: LIBS += -lcmocka
$(OUT)/tests/bench/recipes: | test-packages

# Readings a second of all recipes on one core, beside cJSON alone.
.PHONY: bench-recipes
bench-recipes: $(OUT)/tests/bench/recipes
	@$<

# How soon a question in a chat is acknowledged, beside a bot of discord.js.
.PHONY: bench-answer
bench-answer: all $(FAKES) $(OUT)/tests/bench/questions $(OUT)/bench/stall.so
	@contrib/setup/packages test peers
	@tests/bench/answer

$(OUT)/bench/stall.so: tests/bench/stall.c Makefile
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -D_GNU_SOURCE -std=gnu17 $(WARNINGS) $(CFLAGS) -fPIC -shared $(LDFLAGS) -o $@ $<

# --- installing (GNU variables, DESTDIR)

install: all
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(docdir) $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(systemdsystemunitdir) \
	  $(DESTDIR)$(bashcompletiondir)
	$(INSTALL) -m 755 $(OUT)/lowtide $(DESTDIR)$(bindir)/lowtide
	$(INSTALL) -m 644 README.md LICENSE config.ini.example contrib/docs/recipes.md contrib/docs/channels.md contrib/docs/forecast.md contrib/docs/alerts.md contrib/cron/lowtide.cron \
	  contrib/logrotate/lowtide $(DESTDIR)$(docdir)
	$(INSTALL) -m 644 src/compose/fonts/LICENSE $(DESTDIR)$(docdir)/LICENSE.fonts
	$(INSTALL) -m 644 contrib/docs/lowtide.1 $(DESTDIR)$(mandir)/man1/lowtide.1
	$(INSTALL) -m 644 contrib/completions/lowtide.bash $(DESTDIR)$(bashcompletiondir)/lowtide
	sed 's|^ExecStart=[^ ]*|ExecStart=$(bindir)/lowtide|' contrib/systemd/lowtide.service \
	  >$(DESTDIR)$(systemdsystemunitdir)/lowtide.service

uninstall:
	rm -f $(DESTDIR)$(bindir)/lowtide $(DESTDIR)$(mandir)/man1/lowtide.1 $(DESTDIR)$(bashcompletiondir)/lowtide \
	  $(DESTDIR)$(systemdsystemunitdir)/lowtide.service
	rm -rf $(DESTDIR)$(docdir)

clean:
	rm -rf $(BUILD)

help:
	@echo 'make            builds build/lowtide (installs the packages it needs where it can: Debian, Ubuntu)'
	@echo 'make run        builds and starts the daemon; without keys, on simulated accounts'
	@echo 'make test       builds with sanitizers and runs all tests; names what it had to skip'
	@echo 'make test-deps  brings the peers that some tests need: PostgreSQL, nginx, clients of the platforms, ...'
	@echo 'make unit       the unit tests alone; SANITIZE=address,undefined for the sanitized ones'
	@echo 'make torture    kills the program at every call that changes something, and looks what is lost or said twice'
	@echo 'make simulate   lives 200 months and 4 years in which everything goes wrong, from printed seeds'
	@echo 'make endure     breaks the lines of the chats every 2 s for ten minutes (ENDURE_MINUTES=10)'
	@echo 'make lint       format, clang-tidy, clang warnings, cppcheck, and the rooms and their doors'
	@echo 'make fuzz       fuzzes each parser for a minute (FUZZ_SECONDS=60; FUZZ_TARGETS="recipe vendor" for some)'
	@echo 'make coverage   which lines and branches the unit tests reach; fails where the recipe reader has gaps'
	@echo 'make charts     draws sample charts, to be looked at'
	@echo 'make bench      measures a round of 500 accounts beside curl and a shell script'
	@echo 'make bench-runway  measures the forecasts of dry dates beside straight lines'
	@echo 'make bench-rules  measures how early the alert rules warn, and how often for nothing'
	@echo 'make bench-recipes  measures readings a second of all recipes beside cJSON alone'
	@echo 'make bench-answer  measures how soon a question in a chat is acknowledged, beside discord.js'
	@echo 'make install    into $$(DESTDIR)$$(prefix), /usr/local by default; make uninstall takes it away'
	@echo 'make clean      removes build/'
	@echo
	@echo 'CI=true makes warnings errors. V=1 shows whole commands. CC, CFLAGS, LDFLAGS, prefix and DESTDIR are honoured.'

-include $(OBJECTS:.o=.d) $(OUT)/obj/main.d $(UNIT_TESTS:=.d) $(FAKES:=.d) $(SIMULATION).d $(wildcard $(OUT)/tests/bench/*.d $(OUT)/tests/chart/*.d)\
  $(wildcard $(OUT)/tests/fuzz/*.d)
