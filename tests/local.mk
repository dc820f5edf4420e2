# Small programs that the bats tests run.
check_PROGRAMS += %D%/tools/as-user %D%/tools/recv-fd %D%/tools/log-sink %D%/tools/fenced \
	%D%/tools/under %D%/tools/poke %D%/tools/killat %D%/tools/render-dnsmasq \
	%D%/tools/dhcp6 %D%/tools/render-nft %D%/tools/frames \
	%D%/tools/talk %D%/tools/open-tap %D%/tools/snatch %D%/tools/as-dnsmasq
%C%_tools_open_tap_SOURCES = %D%/tools/open-tap.c
%C%_tools_as_dnsmasq_SOURCES = %D%/tools/as-dnsmasq.c
%C%_tools_snatch_SOURCES = %D%/tools/snatch.c
%C%_tools_as_user_SOURCES = %D%/tools/as-user.c
%C%_tools_recv_fd_SOURCES = %D%/tools/recv-fd.c
%C%_tools_recv_fd_LDADD = lib/libsys.a lib/libpure.a
%C%_tools_log_sink_SOURCES = %D%/tools/log-sink.c
%C%_tools_fenced_SOURCES = %D%/tools/fenced.c
%C%_tools_fenced_LDADD = lib/libsys.a
%C%_tools_under_SOURCES = %D%/tools/under.c
%C%_tools_under_LDADD = lib/libpure.a
%C%_tools_killat_SOURCES = %D%/tools/killat.c
%C%_tools_poke_SOURCES = %D%/tools/poke.c
%C%_tools_poke_LDADD = lib/libpure.a
%C%_tools_render_nft_SOURCES = %D%/tools/render-nft.c
%C%_tools_render_nft_LDADD = network/libnetconfig.a lib/libpure.a
%C%_tools_frames_SOURCES = %D%/tools/frames.c
%C%_tools_talk_SOURCES = %D%/tools/talk.c
%C%_tools_frames_LDADD = lib/libpure.a
%C%_tools_render_dnsmasq_SOURCES = %D%/tools/render-dnsmasq.c %D%/unit/netconf.c %D%/unit/netconf.h
%C%_tools_render_dnsmasq_LDADD = network/libnetconfig.a lib/libpure.a
%C%_tools_dhcp6_SOURCES = %D%/tools/dhcp6.c

EXTRA_DIST += %D%/sandbox %D%/lib.bash %D%/wait.bash %D%/bridge.bats %D%/cli.bats %D%/differential.bats \
	%D%/guest.bats %D%/network-guest.bats %D%/hostile.bats %D%/dnsmasq.bats %D%/import.bats %D%/convert.bats %D%/completion.bats \
	%D%/nft.bats %D%/nat.bats %D%/nat-settings.bats %D%/nat-killed.bats %D%/nat-hostile.bats %D%/packaging.bats %D%/obstacles.bats \
	%D%/net.bash %D%/lanes/valgrind.bats %D%/guest/guest.bash %D%/guest/holder.c %D%/guest/init \
	%D%/guest/launch.c %D%/tap-guest.bats %D%/guest/lease %D%/guest/macs.c %D%/guest/make-image %D%/guest/peer.c %D%/guest/world.bash \
	%D%/nat-manual.bats %D%/tap.bats %D%/ifup.bats %D%/ifup.bash %D%/ifup-hostile.bats %D%/ifup-guest.bats \
	%D%/switch.bats %D%/switch.bash %D%/switch-hostile.bats %D%/tools/plug.py %D%/tools/tap-emulator.py \
	%D%/switch-peers.bats %D%/switch-guest.bats %D%/guest/uml-registers.c %D%/guest/first.c %D%/run.bats %D%/run-guest.bats \
	%D%/systemd.bats

# Unit tests in C: one program a module, TAP, no root needed (but used where there is).
# The other tests are scripts and not part of `make check`.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh

UNIT_TESTS = %D%/unit/test_ifup_state %D%/unit/test_num %D%/unit/test_ifname %D%/unit/test_mac %D%/unit/test_quote \
	%D%/unit/test_alias %D%/unit/test_caller %D%/unit/test_scriptrun %D%/unit/test_secure_open %D%/unit/test_fdpass %D%/unit/test_stdfds \
	%D%/unit/test_caps %D%/unit/test_policy_line %D%/unit/test_policy_read \
	%D%/unit/test_policy_words %D%/unit/test_policy_decide %D%/unit/test_policy_print \
	%D%/unit/test_reader %D%/unit/test_names_files %D%/unit/test_stock_acl \
	%D%/unit/test_net_config %D%/unit/test_net_dnsmasq %D%/unit/test_net_leases %D%/unit/test_net_nft \
	%D%/unit/test_framing %D%/unit/test_endpoint %D%/unit/test_switch %D%/unit/test_switch_ports \
	%D%/unit/test_nic
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)

TEST_COMMON = %D%/unit/test.c %D%/unit/test.h
TEST_MEMFS = $(TEST_COMMON) %D%/unit/memfs.c %D%/unit/memfs.h

%C%_unit_test_num_SOURCES = %D%/unit/test_num.c $(TEST_COMMON)
%C%_unit_test_num_LDADD = lib/libpure.a
%C%_unit_test_ifname_SOURCES = %D%/unit/test_ifname.c $(TEST_COMMON)
%C%_unit_test_ifname_LDADD = lib/libpure.a
%C%_unit_test_mac_SOURCES = %D%/unit/test_mac.c $(TEST_COMMON)
%C%_unit_test_mac_LDADD = lib/libpure.a
%C%_unit_test_quote_SOURCES = %D%/unit/test_quote.c $(TEST_COMMON)
%C%_unit_test_quote_LDADD = lib/libpure.a
%C%_unit_test_alias_SOURCES = %D%/unit/test_alias.c $(TEST_COMMON)
%C%_unit_test_alias_LDADD = lib/libpure.a
# The databases are its own.
%C%_unit_test_caller_SOURCES = %D%/unit/test_caller.c $(TEST_COMMON)
%C%_unit_test_caller_LDADD = lib/libsys.a lib/libpure.a
%C%_unit_test_scriptrun_SOURCES = %D%/unit/test_scriptrun.c $(TEST_COMMON)
%C%_unit_test_scriptrun_LDADD = lib/libsys.a lib/libpure.a $(CAPNG_LIBS)
%C%_unit_test_scriptrun_LDFLAGS = -Wl,--wrap=children_list
%C%_unit_test_ifup_state_SOURCES = %D%/unit/test_ifup_state.c $(TEST_COMMON)
%C%_unit_test_ifup_state_LDADD = lib/libsys.a lib/libpure.a
%C%_unit_test_secure_open_SOURCES = %D%/unit/test_secure_open.c $(TEST_COMMON)
%C%_unit_test_secure_open_LDADD = lib/libsys.a
%C%_unit_test_fdpass_SOURCES = %D%/unit/test_fdpass.c $(TEST_COMMON)
%C%_unit_test_fdpass_LDADD = lib/libsys.a
%C%_unit_test_stdfds_SOURCES = %D%/unit/test_stdfds.c $(TEST_COMMON)
%C%_unit_test_stdfds_LDADD = lib/libsys.a
%C%_unit_test_caps_SOURCES = %D%/unit/test_caps.c $(TEST_COMMON)
%C%_unit_test_caps_LDADD = lib/libsys.a $(CAPNG_LIBS)

UNIT_POLICY = policy/libpolicy.a lib/libpure.a
%C%_unit_test_policy_line_SOURCES = %D%/unit/test_policy_line.c $(TEST_COMMON)
%C%_unit_test_policy_line_LDADD = $(UNIT_POLICY)
%C%_unit_test_policy_words_SOURCES = %D%/unit/test_policy_words.c $(TEST_COMMON)
%C%_unit_test_policy_words_LDADD = $(UNIT_POLICY)
%C%_unit_test_policy_read_SOURCES = %D%/unit/test_policy_read.c $(TEST_MEMFS)
%C%_unit_test_policy_read_LDADD = $(UNIT_POLICY)
%C%_unit_test_policy_decide_SOURCES = %D%/unit/test_policy_decide.c $(TEST_MEMFS)
%C%_unit_test_policy_decide_LDADD = $(UNIT_POLICY)
%C%_unit_test_policy_print_SOURCES = %D%/unit/test_policy_print.c $(TEST_MEMFS)
%C%_unit_test_policy_print_LDADD = $(UNIT_POLICY)

UNIT_READER = policy/libreader.a policy/libpolicy.a lib/libsys.a lib/libnames_files.a lib/libpure.a
%C%_unit_test_reader_SOURCES = %D%/unit/test_reader.c $(TEST_COMMON)
%C%_unit_test_reader_LDADD = $(UNIT_READER)
%C%_unit_test_names_files_SOURCES = %D%/unit/test_names_files.c $(TEST_COMMON)
%C%_unit_test_names_files_LDADD = lib/libnames_files.a lib/libpure.a
%C%_unit_test_names_files_CPPFLAGS = $(AM_CPPFLAGS)
if STATIC_HELPERS
%C%_unit_test_names_files_CPPFLAGS += -DNAME_LOOKUP='"unpriv/name-lookup"'
endif
%C%_unit_test_net_nft_SOURCES = %D%/unit/test_net_nft.c $(TEST_COMMON)
%C%_unit_test_net_nft_LDADD = network/libnetconfig.a lib/libpure.a
%C%_unit_test_stock_acl_SOURCES = %D%/unit/test_stock_acl.c $(TEST_MEMFS)
%C%_unit_test_stock_acl_LDADD = $(UNIT_POLICY)

%C%_unit_test_net_config_SOURCES = %D%/unit/test_net_config.c $(TEST_COMMON)
%C%_unit_test_net_config_LDADD = $(NETCONFIG_LIBS)
%C%_unit_test_net_dnsmasq_SOURCES = %D%/unit/test_net_dnsmasq.c %D%/unit/netconf.c \
	%D%/unit/netconf.h $(TEST_COMMON)
%C%_unit_test_net_dnsmasq_LDADD = network/libnetconfig.a lib/libpure.a
%C%_unit_test_net_leases_SOURCES = %D%/unit/test_net_leases.c $(TEST_COMMON)
%C%_unit_test_net_leases_LDADD = network/libnetconfig.a lib/libpure.a

UNIT_WIRE = unpriv/wire/libwire.a lib/libpure.a
%C%_unit_test_framing_SOURCES = %D%/unit/test_framing.c $(TEST_COMMON)
%C%_unit_test_framing_LDADD = $(UNIT_WIRE)
%C%_unit_test_endpoint_SOURCES = %D%/unit/test_endpoint.c $(TEST_COMMON)
%C%_unit_test_endpoint_LDADD = $(UNIT_WIRE)
%C%_unit_test_switch_SOURCES = %D%/unit/test_switch.c $(TEST_COMMON)
%C%_unit_test_switch_LDADD = unpriv/switch/libswitch.a lib/libpure.a
%C%_unit_test_switch_ports_SOURCES = %D%/unit/test_switch_ports.c unpriv/switch/loop.c \
	unpriv/switch/links.c unpriv/switch/port.c unpriv/switch/input.c unpriv/switch/output.c \
	unpriv/switch/options.c unpriv/switch/capture.c $(TEST_COMMON)
%C%_unit_test_switch_ports_LDADD = unpriv/switch/libswitch.a $(UNIT_WIRE)
%C%_unit_test_nic_SOURCES = %D%/unit/test_nic.c $(TEST_COMMON)
%C%_unit_test_nic_LDADD = unpriv/run/libnic.a lib/libpure.a

EXTRA_DIST += %D%/fixtures

UNIT_SLIRP = %D%/unit/test_slirp_guard %D%/unit/test_slirp_merge %D%/unit/test_slirp_forward \
	%D%/unit/test_slirp_fragments
check_PROGRAMS += $(UNIT_SLIRP)
TESTS += $(UNIT_SLIRP)
%C%_unit_test_slirp_guard_SOURCES = %D%/unit/test_slirp_guard.c unpriv/slirp/guard.c $(TEST_COMMON)
%C%_unit_test_slirp_fragments_SOURCES = %D%/unit/test_slirp_fragments.c unpriv/slirp/fragments.c $(TEST_COMMON)
%C%_unit_test_slirp_merge_SOURCES = %D%/unit/test_slirp_merge.c unpriv/slirp/merge.c $(TEST_COMMON)
%C%_unit_test_slirp_forward_SOURCES = %D%/unit/test_slirp_forward.c unpriv/slirp/forward.c $(TEST_COMMON)
%C%_unit_test_slirp_forward_LDADD = lib/libpure.a
EXTRA_DIST += %D%/slirp-guest.bats %D%/slirp.bats
