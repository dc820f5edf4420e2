# netgrant run. libnic.a is pure: one NIC, from text and to text.
noinst_LIBRARIES += %D%/libnic.a
%C%_libnic_a_SOURCES = %D%/nic.c %D%/nic_keys.c %D%/nic_forward.c %D%/nic.h %D%/nic_priv.h \
	unpriv/slirp/forward.c unpriv/slirp/forward.h

# Static where helpers are: it starts before every emulator, and stays beside it.
bin_PROGRAMS += %D%/netgrant
%C%_netgrant_SOURCES = %D%/main.c %D%/run.h %D%/options.c %D%/interface.c %D%/interface.h \
	%D%/macs.c %D%/grant.c %D%/own_tap.c unpriv/own_namespace.c unpriv/own_namespace.h %D%/companion.c %D%/command.c %D%/command_write.c \
	%D%/command_priv.h %D%/qemu.c %D%/words.c %D%/life.c \
	%D%/attend.c
%C%_netgrant_CPPFLAGS = $(AM_CPPFLAGS) -DBINDIR='"$(bindir)"'
%C%_netgrant_LDADD = unpriv/run/libnic.a lib/libnet.a lib/libsys.a lib/libpure.a $(HELPER_LIBS)
%C%_netgrant_LDFLAGS = $(HARDEN_LDFLAGS) $(LDFLAGS_HELPER)
