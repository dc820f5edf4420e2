# The switch for socket tunnels. libswitch is what of it is pure.
noinst_LIBRARIES += %D%/libswitch.a
%C%_libswitch_a_SOURCES = %D%/stations.c %D%/stations.h %D%/core.c %D%/core.h \
	%D%/backlog.c %D%/backlog.h %D%/patience.c %D%/patience.h %D%/pcapng.c %D%/pcapng.h

bin_PROGRAMS += %D%/netgrant-switch
%C%_netgrant_switch_SOURCES = %D%/main.c %D%/options.c %D%/options.h %D%/switch.h %D%/loop.c \
	%D%/links.c %D%/port.c %D%/input.c %D%/output.c %D%/capture.c %D%/capture.h \
	%D%/status.c %D%/status.h
%C%_netgrant_switch_LDADD = %D%/libswitch.a unpriv/wire/libwire.a lib/libsys.a lib/libpure.a \
	$(CAPNG_LIBS)
