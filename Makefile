# Lowtide: `make run` and `make test` are all that is needed; `make help` lists the rest.

prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share
INSTALL ?= install
CC ?= cc
CFLAGS ?= -O2 -g
BUILD ?= build
# make SANITIZE=address,undefined builds beside the plain objects, in its own folder
SANITIZE ?=

VERSION := 0.1.0
PACKAGES := libuv libcurl libcjson sqlite3 libpq inih
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

ALL_CPPFLAGS = -D_GNU_SOURCE -DLOWTIDE_VERSION='"$(VERSION)"' -Iinclude -Isrc $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null) $(CPPFLAGS)
ALL_CFLAGS = -std=gnu17 $(WARNINGS) $(CFLAGS) $(HARDENING) -MMD -MP
LIBS = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lpthread -lm

SOURCES := $(sort $(wildcard src/*/*.c))
RECIPES := $(sort $(wildcard src/provider/recipes/*.ini))
GENERATED := $(OUT)/gen/recipes.c
OBJECTS := $(SOURCES:src/%.c=$(OUT)/obj/%.o) $(OUT)/obj/recipes.o
UNIT_TESTS := $(patsubst tests/%.c,$(OUT)/tests/%,$(sort $(wildcard tests/unit/*_test.c tests/flow/*_test.c)))

.PHONY: all run test test-deps unit lint fuzz bench install uninstall clean help deps
.DELETE_ON_ERROR:

all: $(OUT)/lowtide

# Each target that needs packages asks for them by name and installs what is missing.
deps:
	@contrib/setup/packages build

ifneq ($(shell pkg-config --exists $(PACKAGES) 2>/dev/null && command -v $(firstword $(CC)) >/dev/null && echo there),there)
$(OBJECTS): | deps
endif

$(OUT)/lowtide: $(OUT)/obj/main.o $(OUT)/liblowtide.a
	$(CC) $(ALL_CFLAGS) $(LINK_HARDENING) $(LDFLAGS) -o $@ $^ $(LIBS)

$(OUT)/liblowtide.a: $(OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(OUT)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(OUT)/obj/recipes.o: $(GENERATED)
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# A recipe becomes a C string, line by line.
$(GENERATED): $(RECIPES) Makefile
	@mkdir -p $(@D)
	@{ echo '#include "lowtide/provider.h"'; echo 'const struct embedded_recipe embedded_recipes[] = {'; \
	for f in $(RECIPES); do n=$${f##*/}; printf '{"%s",\n' "$${n%.ini}"; \
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/  "/' -e 's/$$/\\n"/' "$$f"; echo '},'; done; echo '{0}};'; } >$@

$(OUT)/tests/%: tests/%.c $(OUT)/liblowtide.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) -Itests $(ALL_CFLAGS) $(LINK_HARDENING) -o $@ $< $(OUT)/liblowtide.a $(LIBS) -lcmocka

# The unit and flow tests of the current flavour; `make test` runs them sanitized.
unit: $(UNIT_TESTS)
	@tests/run $(UNIT_TESTS)

clean:
	rm -rf $(BUILD)

-include $(OBJECTS:.o=.d) $(OUT)/obj/main.d $(UNIT_TESTS:=.d)
