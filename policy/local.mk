# The language, pure; and the reader, which opens files and asks for users.
noinst_LIBRARIES += %D%/libpolicy.a %D%/libreader.a

%C%_libpolicy_a_SOURCES = %D%/policy.h %D%/vocab.c %D%/policy_line.c %D%/policy_read.c \
	%D%/policy_object.c %D%/policy_words.c \
	%D%/line_priv.h %D%/policy_decide.c %D%/policy_print.c
%C%_libreader_a_SOURCES = %D%/reader.c %D%/reader.h

EXTRA_DIST += %D%/GRAMMAR %D%/seccomp/profiles.c

# The filters are compiled here and now, by libseccomp on the build machine.
SECCOMP_FILTERS = %D%/seccomp/seccomp-bridge-helper.h %D%/seccomp/seccomp-nat-setup.h \
	%D%/seccomp/seccomp-tap-creator.h %D%/seccomp/seccomp-ifup-runner.h \
	%D%/seccomp/seccomp-network-worker.h %D%/seccomp/seccomp-dnsmasq.h \
	%D%/seccomp/seccomp-dnsmasq-netlink.h \
	%D%/seccomp/seccomp-slirp.h %D%/seccomp/seccomp-switch.h \
	%D%/seccomp/seccomp-switch-connect.h
BUILT_SOURCES += $(SECCOMP_FILTERS)
CLEANFILES += $(SECCOMP_FILTERS) %D%/seccomp/profiles
if SECCOMP
%D%/seccomp/profiles: %D%/seccomp/profiles.c
	$(AM_V_CC)$(MKDIR_P) %D%/seccomp && \
	$(BUILD_CC) -D_GNU_SOURCE -O1 -Wall $(SECCOMP_CFLAGS) -o $@ $(srcdir)/%D%/seccomp/profiles.c $(SECCOMP_LIBS)
%D%/seccomp/seccomp-bridge-helper.h: %D%/seccomp/profiles
	$(AM_V_GEN)%D%/seccomp/profiles bridge-helper $(SECCOMP_ARCH) > $@.tmp && mv $@.tmp $@
%D%/seccomp/seccomp-nat-setup.h: %D%/seccomp/profiles
	$(AM_V_GEN)%D%/seccomp/profiles nat-setup $(SECCOMP_ARCH) > $@.tmp && mv $@.tmp $@
%D%/seccomp/seccomp-tap-creator.h: %D%/seccomp/profiles
	$(AM_V_GEN)%D%/seccomp/profiles tap-creator $(SECCOMP_ARCH) > $@.tmp && mv $@.tmp $@
%D%/seccomp/seccomp-ifup-runner.h: %D%/seccomp/profiles
	$(AM_V_GEN)%D%/seccomp/profiles ifup-runner $(SECCOMP_ARCH) > $@.tmp && mv $@.tmp $@
%D%/seccomp/seccomp-network-worker.h: %D%/seccomp/profiles
	$(AM_V_GEN)%D%/seccomp/profiles network-worker $(SECCOMP_ARCH) > $@.tmp && mv $@.tmp $@
%D%/seccomp/seccomp-dnsmasq.h: %D%/seccomp/profiles
	$(AM_V_GEN)%D%/seccomp/profiles dnsmasq $(SECCOMP_ARCH) > $@.tmp && mv $@.tmp $@
%D%/seccomp/seccomp-dnsmasq-netlink.h: %D%/seccomp/profiles
	$(AM_V_GEN)%D%/seccomp/profiles dnsmasq-netlink $(SECCOMP_ARCH) > $@.tmp && mv $@.tmp $@
%D%/seccomp/seccomp-slirp.h: %D%/seccomp/profiles
	$(AM_V_GEN)%D%/seccomp/profiles slirp $(SECCOMP_ARCH) > $@.tmp && mv $@.tmp $@
%D%/seccomp/seccomp-switch.h: %D%/seccomp/profiles
	$(AM_V_GEN)%D%/seccomp/profiles switch $(SECCOMP_ARCH) > $@.tmp && mv $@.tmp $@
%D%/seccomp/seccomp-switch-connect.h: %D%/seccomp/profiles
	$(AM_V_GEN)%D%/seccomp/profiles switch-connect $(SECCOMP_ARCH) > $@.tmp && mv $@.tmp $@
else
%D%/seccomp/seccomp-bridge-helper.h: Makefile
	$(AM_V_GEN)$(MKDIR_P) %D%/seccomp && \
	echo 'static const struct sock_filter seccomp_bridge_helper[1] = {{0}};' > $@
%D%/seccomp/seccomp-nat-setup.h: Makefile
	$(AM_V_GEN)$(MKDIR_P) %D%/seccomp && \
	echo 'static const struct sock_filter seccomp_nat_setup[1] = {{0}};' > $@
%D%/seccomp/seccomp-tap-creator.h: Makefile
	$(AM_V_GEN)$(MKDIR_P) %D%/seccomp && \
	echo 'static const struct sock_filter seccomp_tap_creator[1] = {{0}};' > $@
%D%/seccomp/seccomp-ifup-runner.h: Makefile
	$(AM_V_GEN)$(MKDIR_P) %D%/seccomp && \
	echo 'static const struct sock_filter seccomp_ifup_runner[1] = {{0}};' > $@
%D%/seccomp/seccomp-network-worker.h: Makefile
	$(AM_V_GEN)$(MKDIR_P) %D%/seccomp && \
	echo 'static const struct sock_filter seccomp_network_worker[1] = {{0}};' > $@
%D%/seccomp/seccomp-dnsmasq.h: Makefile
	$(AM_V_GEN)$(MKDIR_P) %D%/seccomp && \
	echo 'static const struct sock_filter seccomp_dnsmasq[1] = {{0}};' > $@
%D%/seccomp/seccomp-dnsmasq-netlink.h: Makefile
	$(AM_V_GEN)$(MKDIR_P) %D%/seccomp && \
	echo 'static const struct sock_filter seccomp_dnsmasq_netlink[1] = {{0}};' > $@
%D%/seccomp/seccomp-slirp.h: Makefile
	$(AM_V_GEN)$(MKDIR_P) %D%/seccomp && \
	echo 'static const struct sock_filter seccomp_slirp[1] = {{0}};' > $@
%D%/seccomp/seccomp-switch.h: Makefile
	$(AM_V_GEN)$(MKDIR_P) %D%/seccomp && \
	echo 'static const struct sock_filter seccomp_switch[1] = {{0}};' > $@
%D%/seccomp/seccomp-switch-connect.h: Makefile
	$(AM_V_GEN)$(MKDIR_P) %D%/seccomp && \
	echo 'static const struct sock_filter seccomp_switch_connect[1] = {{0}};' > $@
endif
