# Fuzz targets. Each is built twice: with replay.c, which gives it its corpus in
# `make check`, and, with --enable-fuzzers (clang), as a libFuzzer program.
FUZZ_REPLAY = %D%/replay.c %D%/fuzz.h tests/unit/test.c tests/unit/test.h
FUZZ_MEMFS = tests/unit/memfs.c tests/unit/memfs.h
FUZZ_TESTS = %D%/replay_policy %D%/replay_line %D%/replay_names %D%/replay_args \
	%D%/replay_net_config %D%/replay_framing %D%/replay_switch %D%/replay_pcapng \
	%D%/replay_nic %D%/replay_interface \
	%D%/replay_slirp_forward %D%/replay_slirp_options %D%/replay_slirp_frames
check_PROGRAMS += $(FUZZ_TESTS)
TESTS += $(FUZZ_TESTS)

%C%_replay_policy_SOURCES = %D%/fuzz_policy.c $(FUZZ_MEMFS) $(FUZZ_REPLAY)
%C%_replay_policy_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%D%/corpus/policy"'
%C%_replay_policy_LDADD = policy/libpolicy.a lib/libpure.a
%C%_replay_line_SOURCES = %D%/fuzz_line.c $(FUZZ_REPLAY)
%C%_replay_line_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%D%/corpus/line"'
%C%_replay_line_LDADD = policy/libpolicy.a lib/libpure.a
%C%_replay_names_SOURCES = %D%/fuzz_names.c $(FUZZ_REPLAY)
%C%_replay_names_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%D%/corpus/names"'
%C%_replay_names_LDADD = lib/libpure.a
%C%_replay_args_SOURCES = %D%/fuzz_args.c helpers/helper.c helpers/helper.h $(FUZZ_REPLAY)
%C%_replay_args_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%D%/corpus/args"'
%C%_replay_args_LDADD = policy/libreader.a policy/libpolicy.a lib/libsys.a lib/libnames_nss.a \
	lib/libpure.a $(CAPNG_LIBS)
%C%_replay_net_config_SOURCES = %D%/fuzz_net_config.c $(FUZZ_REPLAY)
%C%_replay_net_config_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%D%/corpus/net_config"'
%C%_replay_net_config_LDADD = $(NETCONFIG_LIBS)
%C%_replay_framing_SOURCES = %D%/fuzz_framing.c $(FUZZ_REPLAY)
%C%_replay_framing_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%D%/corpus/framing"'
%C%_replay_framing_LDADD = unpriv/wire/libwire.a lib/libpure.a
%C%_replay_switch_SOURCES = %D%/fuzz_switch.c $(FUZZ_REPLAY)
%C%_replay_switch_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%D%/corpus/switch"'
%C%_replay_switch_LDADD = unpriv/switch/libswitch.a
%C%_replay_pcapng_SOURCES = %D%/fuzz_pcapng.c $(FUZZ_REPLAY)
%C%_replay_pcapng_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%D%/corpus/pcapng"'
%C%_replay_pcapng_LDADD = unpriv/switch/libswitch.a
%C%_replay_nic_SOURCES = %D%/fuzz_nic.c $(FUZZ_REPLAY)
%C%_replay_nic_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%D%/corpus/nic"'
%C%_replay_nic_LDADD = unpriv/run/libnic.a lib/libpure.a
%C%_replay_interface_SOURCES = %D%/fuzz_interface.c $(CONVERT_SOURCES) $(FUZZ_REPLAY)
%C%_replay_interface_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%D%/corpus/interface"'
%C%_replay_interface_CFLAGS = $(AM_CFLAGS) $(XML2_CFLAGS)
%C%_replay_interface_LDADD = unpriv/run/libnic.a lib/libpure.a $(XML2_LIBS)

FUZZ_SLIRP_FORWARD = unpriv/slirp/forward.c
FUZZ_SLIRP_OPTIONS = unpriv/slirp/options.c $(FUZZ_SLIRP_FORWARD)
FUZZ_SLIRP_FRAMES = unpriv/slirp/stack.c unpriv/slirp/guard.c unpriv/slirp/fragments.c unpriv/slirp/merge.c unpriv/slirp/link.c \
	unpriv/wire/framing.c $(FUZZ_SLIRP_OPTIONS)
%C%_replay_slirp_forward_SOURCES = %D%/fuzz_slirp_forward.c $(FUZZ_SLIRP_FORWARD) $(FUZZ_REPLAY)
%C%_replay_slirp_forward_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%D%/corpus/slirp_forward"'
%C%_replay_slirp_forward_LDADD = lib/libpure.a
%C%_replay_slirp_options_SOURCES = %D%/fuzz_slirp_options.c $(FUZZ_SLIRP_OPTIONS) $(FUZZ_REPLAY)
%C%_replay_slirp_options_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%D%/corpus/slirp_options"'
%C%_replay_slirp_options_LDADD = unpriv/wire/libwire.a lib/libpure.a
%C%_replay_slirp_frames_SOURCES = %D%/fuzz_slirp_frames.c $(FUZZ_SLIRP_FRAMES) $(FUZZ_REPLAY)
%C%_replay_slirp_frames_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%D%/corpus/slirp_frames"'
%C%_replay_slirp_frames_CFLAGS = $(AM_CFLAGS) $(SLIRP_CFLAGS)
%C%_replay_slirp_frames_LDADD = unpriv/wire/libwire.a lib/libpure.a $(SLIRP_LIBS)

EXTRA_DIST += %D%/corpus %D%/policy.dict %D%/net_config.dict %D%/nic.dict %D%/interface.dict

if FUZZERS
# All that is fuzzed is compiled again, with the fuzzer's eyes in it.
FUZZ_CFLAGS = $(WARN_CFLAGS) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_PURE = lib/num.c lib/ifname.c lib/mac.c lib/quote.c lib/alias.c lib/near.c \
	lib/script.c
FUZZ_POLICY = policy/vocab.c policy/policy_line.c policy/policy_object.c \
	policy/policy_words.c policy/policy_read.c policy/policy_decide.c \
	policy/policy_print.c
FUZZ_NETCONFIG = network/config.c network/config_ip.c network/config_words.c \
	network/config_addresses.c network/config_keys.c network/config_items.c \
	network/config_check.c network/config_check_items.c network/config_print.c
FUZZ_NIC = unpriv/run/nic.c unpriv/run/nic_keys.c unpriv/run/nic_forward.c unpriv/slirp/forward.c \
	lib/netname.c
noinst_PROGRAMS += %D%/policy %D%/line %D%/names %D%/args %D%/net_config %D%/framing %D%/switch %D%/pcapng \
	%D%/nic %D%/interface %D%/slirp_forward %D%/slirp_options %D%/slirp_frames

%C%_slirp_forward_SOURCES = %D%/fuzz_slirp_forward.c $(FUZZ_SLIRP_FORWARD) $(FUZZ_PURE)
%C%_slirp_forward_CFLAGS = $(FUZZ_CFLAGS)
%C%_slirp_forward_LDFLAGS = -fsanitize=fuzzer,address,undefined
%C%_slirp_options_SOURCES = %D%/fuzz_slirp_options.c $(FUZZ_SLIRP_OPTIONS) unpriv/wire/ready.c $(FUZZ_PURE)
%C%_slirp_options_CFLAGS = $(FUZZ_CFLAGS)
%C%_slirp_options_LDFLAGS = -fsanitize=fuzzer,address,undefined
%C%_slirp_frames_SOURCES = %D%/fuzz_slirp_frames.c $(FUZZ_SLIRP_FRAMES) unpriv/wire/ready.c $(FUZZ_PURE)
%C%_slirp_frames_CFLAGS = $(FUZZ_CFLAGS) $(SLIRP_CFLAGS)
%C%_slirp_frames_LDFLAGS = -fsanitize=fuzzer,address,undefined
%C%_slirp_frames_LDADD = $(SLIRP_LIBS)

%C%_policy_SOURCES = %D%/fuzz_policy.c $(FUZZ_MEMFS) $(FUZZ_POLICY) $(FUZZ_PURE)
%C%_policy_CFLAGS = $(FUZZ_CFLAGS)
%C%_policy_LDFLAGS = -fsanitize=fuzzer,address,undefined
%C%_line_SOURCES = %D%/fuzz_line.c $(FUZZ_POLICY) $(FUZZ_PURE)
%C%_line_CFLAGS = $(FUZZ_CFLAGS)
%C%_line_LDFLAGS = -fsanitize=fuzzer,address,undefined
%C%_names_SOURCES = %D%/fuzz_names.c $(FUZZ_PURE)
%C%_names_CFLAGS = $(FUZZ_CFLAGS)
%C%_names_LDFLAGS = -fsanitize=fuzzer,address,undefined
%C%_args_SOURCES = %D%/fuzz_args.c helpers/helper.c $(FUZZ_POLICY) $(FUZZ_PURE)
%C%_args_CFLAGS = $(FUZZ_CFLAGS)
%C%_args_LDFLAGS = -fsanitize=fuzzer,address,undefined
%C%_args_LDADD = policy/libreader.a lib/libsys.a lib/libnames_nss.a lib/libpure.a $(CAPNG_LIBS)
%C%_net_config_SOURCES = %D%/fuzz_net_config.c $(FUZZ_NETCONFIG) $(FUZZ_PURE)
%C%_net_config_CFLAGS = $(FUZZ_CFLAGS) $(INIH_CFLAGS)
%C%_net_config_LDFLAGS = -fsanitize=fuzzer,address,undefined
%C%_net_config_LDADD = $(INIH_LIBS)
%C%_framing_SOURCES = %D%/fuzz_framing.c unpriv/wire/framing.c
%C%_framing_CFLAGS = $(FUZZ_CFLAGS)
%C%_framing_LDFLAGS = -fsanitize=fuzzer,address,undefined
%C%_switch_SOURCES = %D%/fuzz_switch.c unpriv/switch/core.c unpriv/switch/stations.c
%C%_switch_CFLAGS = $(FUZZ_CFLAGS)
%C%_switch_LDFLAGS = -fsanitize=fuzzer,address,undefined
%C%_pcapng_SOURCES = %D%/fuzz_pcapng.c unpriv/switch/pcapng.c
%C%_pcapng_CFLAGS = $(FUZZ_CFLAGS)
%C%_pcapng_LDFLAGS = -fsanitize=fuzzer,address,undefined
%C%_nic_SOURCES = %D%/fuzz_nic.c $(FUZZ_NIC) $(FUZZ_PURE)
%C%_nic_CFLAGS = $(FUZZ_CFLAGS)
%C%_nic_LDFLAGS = -fsanitize=fuzzer,address,undefined
%C%_interface_SOURCES = %D%/fuzz_interface.c $(CONVERT_SOURCES) $(FUZZ_NIC) $(FUZZ_PURE)
%C%_interface_CFLAGS = $(FUZZ_CFLAGS) $(XML2_CFLAGS)
%C%_interface_LDFLAGS = -fsanitize=fuzzer,address,undefined
%C%_interface_LDADD = $(XML2_LIBS)
endif
