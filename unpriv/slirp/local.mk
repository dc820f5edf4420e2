# netgrant-slirp: the network of QEMU's -netdev user for any emulator.
bin_PROGRAMS += %D%/netgrant-slirp
%C%_netgrant_slirp_SOURCES = %D%/main.c %D%/options.c %D%/options.h %D%/forward.c %D%/forward.h \
	%D%/guard.c %D%/guard.h %D%/merge.c %D%/merge.h %D%/fragments.c %D%/fragments.h %D%/link.c %D%/link.h %D%/stack.c %D%/stack.h \
	%D%/relay.c %D%/relay.h %D%/server.c %D%/server.h %D%/requests.c \
	%D%/smb.c %D%/smb.h %D%/netns.c %D%/netns.h
%C%_netgrant_slirp_CPPFLAGS = $(AM_CPPFLAGS) -DSMBD='"$(SMBD)"'
%C%_netgrant_slirp_CFLAGS = $(AM_CFLAGS) $(SLIRP_CFLAGS)
%C%_netgrant_slirp_LDADD = unpriv/wire/libwire.a lib/libsys.a lib/libpure.a $(SLIRP_LIBS) $(CAPNG_LIBS)
