# SPDX-License-Identifier: MIT
#
# "make help" prints what stands behind ## here.
#
## make [all]              build/libcurlretry.so and build/curlretry
## make CC=musl-gcc        build/musl/libcurlretry.so, for programs that run on musl
## make tests              and what the tests run: unit tests, clients, fuzz targets
## make check              the whole suite (also: make test); scripts/test does it on a fresh machine
## make lint               what can be found without running anything
## make format             break lines that are too long for lint
## make fuzz               fuzz each parser for FUZZ_TIME=60 seconds (make check: 1), with clang's libFuzzer
## make coverage           lines and branches that the suite covers, in a table
## make debug              build/debug, for a debugger: -Og, nothing inlined away
## make compile_commands   build/compile_commands.json, for clangd and other tools
## make install            PREFIX=/usr/local DESTDIR= (scripts/package makes a Debian package)
## make uninstall          the same, backwards
## make clean              remove build/
##
## SANITIZE=address,undefined, SANITIZE=thread and COVERAGE=1 build into folders of their own under
## build/, with assertions; so does "make debug". V=1 shows the commands, WERROR=1 makes warnings errors.

VERSION := 0.1.0
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d

ifneq ($(words $(CURDIR))$(findstring :,$(CURDIR)),1)
$(error neither LD_PRELOAD nor make can name a path with a blank or a colon: $(CURDIR))
endif

comma := ,
# A compiler of musl's on a machine of another C library: the shim is all there is to build.
musl_tools := $(findstring musl,$(notdir $(firstword $(CC))))
BUILD ?= build$(if $(musl_tools),/musl)$(if $(SANITIZE),/$(subst $(comma),-,$(SANITIZE)))$(if $(COVERAGE),/coverage)
# One name for each file, however it was asked for: the .d files go by it.
override BUILD := $(patsubst $(CURDIR)/%,%,$(abspath $(BUILD)))

CC ?= cc
CFLAGS ?= $(if $(SANITIZE),-O1,-O2) -g
override CPPFLAGS += -I. -Ishim -D_GNU_SOURCE -DCURLRETRY_VERSION='"$(VERSION)"'
# Invariants are asserted where a test or a debugger looks on, not in a user's process.
override CPPFLAGS += $(if $(SANITIZE)$(COVERAGE)$(FUZZER)$(ASSERT),,-DNDEBUG)
warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef
flags := -std=gnu11 -fvisibility=hidden $(warnings) $(if $(WERROR),-Werror)
ifneq ($(SANITIZE),)
flags += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=undefined
else
# A sanitizer's runtime is found in the program, not in the shim.
# All that we initialise is sink_init(), which ld.so calls: what compilers add for more would run in each process.
shim_ldflags := -Wl,-z,defs -nostartfiles
endif
# musl's is no library that glibc's programs could load, and they may inherit the shim: it takes the one that is there.
triplet := $(shell $(CC) -dumpmachine)
musl := $(findstring musl,$(musl_tools) $(triplet))
ifneq ($(musl),)
shim_ldflags := -nostdlib -lgcc
endif

# Of headers, musl-gcc knows musl's own only. These are the same for both: libcurl's, a list's macros, the kernel's.
ifneq ($(musl_tools),)
header_of = $(firstword $(wildcard /usr/include/$(1) /usr/include/*-linux-gnu/$(1)))
borrowed := $(addprefix $(BUILD)/include/,curl sys/queue.h linux asm asm-generic)
override CPPFLAGS += -isystem $(BUILD)/include
endif

# What _FORTIFY_SOURCE calls is in glibc alone: the shim would keep programs of another C library from starting.
$(BUILD)/obj/config/%.o $(BUILD)/obj/shim/%.o: flags += -U_FORTIFY_SOURCE

ifneq ($(FUZZER),)
flags += -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
fuzz_main := -fsanitize=fuzzer
else
fuzz_main := tests/fuzz/replay.c
endif
ifneq ($(COVERAGE),)
flags += --coverage -fprofile-update=atomic -fprofile-abs-path
endif

# In the launcher, where there is one: another library to load would slow each start of a command.
jansson := $(if $(findstring /,$(shell $(CC) -print-file-name=libjansson.a)),-l:libjansson.a,-ljansson)

# A line for each file, unless V=1 shows the commands or -s wants to hear nothing.
silent := $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
say = $(if $(V)$(silent),,@printf '  %-8s %s\n' $(1) $(2))
Q = $(if $(V),,@)

config := $(patsubst config/%.c,$(BUILD)/obj/config/%.o,$(wildcard config/*.c))
shim := $(patsubst shim/%,$(BUILD)/obj/shim/%.o,$(basename $(wildcard shim/*/*.c shim/*/*.S)))
launcher := $(patsubst launcher/%,$(BUILD)/obj/launcher/%.o,$(basename $(wildcard launcher/*.c launcher/*/*.c launcher/*/*.S)))
report := $(filter $(BUILD)/obj/launcher/report/%,$(launcher))
# Of the shim's, the launcher reads this.
ledger := $(patsubst shim/%.c,$(BUILD)/obj/shim/%.o,$(wildcard shim/ledger/*.c))
unit := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c))
# Those whose packages are not here are not built, and their tests are skipped.
packages = $(shell sed -n 's,^.*PACKAGES: *\(.*\) \*/.*,\1,p' $(1))
missing := $(foreach client,$(shell grep -l PACKAGES: tests/clients/*.c),\
	$(if $(shell pkg-config --exists $(call packages,$(client)) 2>/dev/null && echo here),,$(client)))
completions := $(foreach shell,bash zsh fish,$(BUILD)/completion.$(shell))
fuzzers := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
clients := $(patsubst tests/clients/%.c,$(BUILD)/tests/%,$(filter-out $(missing),$(wildcard tests/clients/*.c)))

all: $(BUILD)/libcurlretry.so $(if $(musl_tools),,$(BUILD)/curlretry $(BUILD)/curlretry.1 $(completions))

$(CURDIR)/$(BUILD)/%: $(BUILD)/% ;

# -z nodelete: a thread may be inside us while whoever opened us closes us.
# For the start of each process of the user's machine:
# -z noseparate-code: two mappings less.
# -z lazy: where libcurl is not used, none of the seventy names that we use is looked up.
$(BUILD)/libcurlretry.so: $(shim) $(config) $(BUILD)/exports.map
	$(call say,LINK,$@)
	$(Q)$(CC) $(flags) $(CFLAGS) $(LDFLAGS) -shared -o $@ $(shim) $(config) \
		-Wl,--version-script=$(BUILD)/exports.map -Wl,-z,relro,-z,lazy,-z,nodelete,-z,noseparate-code $(shim_ldflags) \
		-Wl,--as-needed -ldl

$(BUILD)/exports.map: shim/entry/exports.map
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -E -P -x c -MMD -MP -MT $@ -MF $@.d -o $@ $<

$(BUILD)/curlretry: $(launcher) $(ledger) $(config)
	$(call say,LINK,$@)
	$(Q)$(CC) $(flags) $(CFLAGS) $(LDFLAGS) -o $@ $(launcher) $(ledger) $(config) $(jansson)

# What .incbin takes in.
$(BUILD)/obj/launcher/report/page.o: $(addprefix launcher/report/page.,html css js)

# The manual page's list of settings is made from the table of them.
$(BUILD)/curlretry.1: launcher/curlretry.1.in $(BUILD)/manual_settings
	$(call say,MAKE,$@)
	$(Q)$(BUILD)/manual_settings >$@.settings
	$(Q)sed -e 's/@VERSION@/$(VERSION)/' -e '/^@SETTINGS@$$/{r $@.settings' -e 'd;}' $< >$@

$(BUILD)/manual_settings: $(BUILD)/obj/scripts/manual.d/settings.o $(config)
	$(Q)$(CC) $(flags) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/completion.%: $(BUILD)/curlretry
	$(call say,MAKE,$@)
	$(Q)$< --completion $* >$@

$(borrowed): $(BUILD)/include/%:
	@mkdir -p $(@D)
	$(Q)ln -sfn $(or $(call header_of,$*),$(error $* is not in /usr/include)) $@

# scripts/herd's: the same objects in virtual time.
herd := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard scripts/herd.d/*.c))
$(BUILD)/herd/simulate: $(herd) $(config)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(flags) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lm

$(BUILD)/obj/%.o: %.c | $(borrowed)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(flags) -fPIC $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: %.S
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) $(CPPFLAGS) -MMD -MP -c -o $@ $<

# A sanitizer's own start-up looks symbols up, before instrumented code can run.
$(addprefix $(BUILD)/obj/shim/,entry/lookup.o entry/entries.o libcurl/image.o libcurl/libc.o): flags += -fno-sanitize=all

# Unit tests: pure functions, without the preload.
pure := $(config) $(addprefix $(BUILD)/obj/shim/,$(addprefix process/,log.o log_format.o sink.o spool.o rooms.o policies.o ledgers.o) members/timers.o \
	response/held.o) $(ledger)
$(BUILD)/tests/unit_%: tests/unit/unit_%.c $(pure)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(flags) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(pure)

# Of all that needs no libcurl: the test brings one that plays scripts, and allocations that fail.
fake := $(filter-out $(BUILD)/obj/shim/entry/% $(BUILD)/obj/shim/libcurl/symbols.o,$(shim)) \
	$(config) $(BUILD)/obj/tests/unit/fake/fake.o
fake_wraps := $(foreach name,malloc calloc realloc strdup,-Wl,--wrap=$(name))
$(BUILD)/tests/unit_transfer: tests/unit/unit_transfer.c $(fake)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(flags) $(CFLAGS) $(LDFLAGS) $(fake_wraps) -MMD -MP -o $@ $< $(fake) -ldl

$(BUILD)/tests/fuzz_response: tests/fuzz/fuzz_response.c tests/fuzz/replay.c tests/fuzz/fuzz.h $(fake)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(flags) $(CFLAGS) $(LDFLAGS) $(fake_wraps) -MMD -MP -o $@ $< $(fuzz_main) $(fake) -ldl

# Fuzz targets, with a main() that replays the files it is given; scripts/fuzz gives them libFuzzer's.
$(BUILD)/tests/fuzz_object: fuzzed := $(BUILD)/obj/launcher/object.o
$(BUILD)/tests/fuzz_object: $(BUILD)/obj/launcher/object.o
$(BUILD)/tests/fuzz_trace: $(report)
$(BUILD)/tests/fuzz_trace: fuzzed := $(report) $(jansson)
$(BUILD)/tests/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c tests/fuzz/fuzz.h $(config)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(flags) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(fuzz_main) $(config) $(fuzzed)

# Clients: what no stock program does. Each names its own libraries in a "LIBS:" comment, and what
# pkg-config knows of in a "PACKAGES:" comment.
$(BUILD)/tests/%: tests/clients/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(flags) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $$(sed -n 's,^.*LIBS: *\(.*\) \*/.*,\1,p' $<) \
		$(if $(call packages,$<),$$(pkg-config --cflags --libs $(call packages,$<)))

# musl does not tell how much is allocated, which unit_policies counts; its clients are built by tests/musl.bats.
for_musl := $(if $(musl)$(SANITIZE)$(COVERAGE)$(FUZZER),,$(if $(shell command -v musl-gcc),musl))
tests: all $(if $(musl_tools),$(filter-out %/unit_policies,$(unit)),$(unit) $(clients) $(fuzzers)) $(for_musl)

musl:
	$(Q)$(MAKE) CC=musl-gcc BUILD=$(BUILD)/musl all

test check: tests
	BUILD=$(abspath $(BUILD)) tests/run

lint:
	scripts/lint

format:
	scripts/format

FUZZ_TIME ?= 60
fuzz:
	scripts/fuzz $(FUZZ_TIME)

coverage:
	scripts/coverage

debug:
	$(MAKE) BUILD=$(BUILD)/debug ASSERT=1 CFLAGS='-Og -g3 -fno-omit-frame-pointer' tests

compile_commands:
	@mkdir -p $(BUILD)
	$(Q)scripts/compile-commands $(CC) $(CPPFLAGS) $(flags) -fPIC $(CFLAGS) >$(BUILD)/compile_commands.json

help:
	@sed -n 's/^## \{0,1\}//p' Makefile

# curlretry preloads SIZES/$LIB/libcurlretry.so, where a program's dynamic linker puts for $LIB what its distribution calls
# the libraries of its size. Behind the names of ours is the shim: "." is for who takes $LIB for a variable of the shell's.
# Behind those of the other size is an object with nothing in it, since a linker that finds none complains.
SIZES = $(PREFIX)/lib/curlretry
# objcopy's target and architecture, ld's emulation, Debian's name, and the ABI's number: in a
# file with nothing in it ld puts one of no ABI, or of one without a floating point unit, which a dynamic linker refuses.
x86_64_other_size := elf32-i386 i386 elf_i386 i386-linux-gnu 0
aarch64_other_size := elf32-littlearm arm armelf_linux_eabi arm-linux-gnueabihf 5
machine := $(firstword $(subst -, ,$(triplet)))
other_size := $($(machine)_other_size)
# musl takes $LIB as it stands.
musl_size := '$$LIB'
OWN_SIZE ?= . lib lib64 lib/$(machine)-linux-gnu $(if $(musl),$(musl_size))
OTHER_SIZE ?= $(if $(musl),,lib32 $(addprefix lib/,$(word 4,$(other_size))))
tool = $(shell $(CC) -print-prog-name=$(1))
link = { [ $(1) -ef $(2) ] || ln -srf $(1) $(2); }

$(BUILD)/empty.so:
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)printf ' ' >$@.data
	$(Q)echo '{ local: *; };' >$@.map
	$(Q)$(call tool,objcopy) -I binary -O $(word 1,$(other_size)) -B $(word 2,$(other_size)) $@.data $@.o
	$(Q)$(call tool,ld) -m $(word 3,$(other_size)) -shared -s -z noexecstack -z noseparate-code -z norelro \
		--hash-style=both --version-script=$@.map -o $@ $@.o
	$(Q)printf '\0' | dd of=$@ bs=1 seek=7 conv=notrunc status=none
	$(Q)printf '\0\0\0\$(word 5,$(other_size))' | dd of=$@ bs=1 seek=36 conv=notrunc status=none

ifneq ($(musl_tools),)
install: all
	install -D -m 644 $(BUILD)/libcurlretry.so $(DESTDIR)$(SIZES)/$(musl_size)/libcurlretry.so

uninstall:
	rm -rf $(DESTDIR)$(SIZES)/$(musl_size)
else
install: all $(if $(OTHER_SIZE),$(BUILD)/empty.so)
	install -D -m 755 $(BUILD)/curlretry $(DESTDIR)$(BINDIR)/curlretry
	install -D -m 644 $(BUILD)/libcurlretry.so $(DESTDIR)$(LIBDIR)/libcurlretry.so
	for name in $(OWN_SIZE); do \
		mkdir -p $(DESTDIR)$(SIZES)/$$name && \
		$(call link,$(DESTDIR)$(LIBDIR)/libcurlretry.so,$(DESTDIR)$(SIZES)/$$name/libcurlretry.so) || exit; \
	done
	for name in $(OTHER_SIZE); do \
		install -D -m 644 $(BUILD)/empty.so $(DESTDIR)$(SIZES)/empty.so && \
		mkdir -p $(DESTDIR)$(SIZES)/$$name && \
		$(call link,$(DESTDIR)$(SIZES)/empty.so,$(DESTDIR)$(SIZES)/$$name/libcurlretry.so) || exit; \
	done
	install -D -m 644 $(BUILD)/curlretry.1 $(DESTDIR)$(MANDIR)/man1/curlretry.1
	install -D -m 644 launcher/curlretry.conf.5 $(DESTDIR)$(MANDIR)/man5/curlretry.conf.5
	install -D -m 644 shim/libcurlretry.7 $(DESTDIR)$(MANDIR)/man7/libcurlretry.7
	install -D -m 644 $(BUILD)/completion.bash $(DESTDIR)$(BASHDIR)/curlretry
	install -D -m 644 $(BUILD)/completion.zsh $(DESTDIR)$(ZSHDIR)/_curlretry
	install -D -m 644 $(BUILD)/completion.fish $(DESTDIR)$(FISHDIR)/curlretry.fish

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/curlretry $(DESTDIR)$(LIBDIR)/libcurlretry.so
	rm -rf $(DESTDIR)$(SIZES)
	rm -f $(DESTDIR)$(MANDIR)/man1/curlretry.1 $(DESTDIR)$(MANDIR)/man5/curlretry.conf.5 \
		$(DESTDIR)$(MANDIR)/man7/libcurlretry.7
	rm -f $(DESTDIR)$(BASHDIR)/curlretry $(DESTDIR)$(ZSHDIR)/_curlretry $(DESTDIR)$(FISHDIR)/curlretry.fish
endif

clean:
	rm -rf build

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)

.PHONY: all tests musl test check lint format fuzz coverage debug compile_commands help install uninstall clean
.DELETE_ON_ERROR:
