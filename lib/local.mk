# Three archives by trust: pure code; side effects of the process; the kernel's network.
noinst_LIBRARIES += %D%/libpure.a %D%/libsys.a %D%/libnet.a

%C%_libpure_a_SOURCES = %D%/compiler.h %D%/exitcode.h \
	%D%/num.c %D%/num.h %D%/ifname.c %D%/ifname.h %D%/mac.c %D%/mac.h \
	%D%/quote.c %D%/quote.h %D%/alias.c %D%/alias.h \
	%D%/netname.c %D%/netname.h %D%/script.c %D%/script.h \
	%D%/near.c %D%/near.h

%C%_libsys_a_SOURCES = %D%/stdfds.c %D%/stdfds.h %D%/caller.c %D%/caller.h %D%/names.h \
	%D%/secure_open.c %D%/secure_open.h %D%/fdpass.c %D%/fdpass.h \
	%D%/caps.c %D%/caps.h %D%/authlog.c %D%/authlog.h %D%/sandbox.h %D%/landlock.c %D%/landlock.h %D%/children.c %D%/children.h \
	%D%/surroundings.c %D%/surroundings.h %D%/runas.c %D%/runas.h %D%/scriptrun.c %D%/scriptrun.h \
	%D%/ifup_state.c %D%/ifup_state.h
%C%_libsys_a_CFLAGS = $(AM_CFLAGS) $(CAPNG_CFLAGS)
if SECCOMP
%C%_libsys_a_SOURCES += %D%/sandbox_seccomp.c
else
%C%_libsys_a_SOURCES += %D%/sandbox_null.c
endif
EXTRA_DIST += %D%/sandbox_seccomp.c %D%/sandbox_null.c

%C%_libnet_a_SOURCES = %D%/tap.c %D%/tap.h %D%/link.c %D%/link_port.c %D%/link_net.c %D%/link_net.h %D%/nft_table.c %D%/nft_table.h \
	%D%/link.h %D%/link_priv.h %D%/sysctl.c %D%/sysctl.h
%C%_libnet_a_CFLAGS = $(AM_CFLAGS) $(NL_CFLAGS)

# Names of users and groups: see names.h.
noinst_LIBRARIES += %D%/libnames_nss.a %D%/libnames_files.a
%C%_libnames_nss_a_SOURCES = %D%/names_nss.c %D%/names_share.c %D%/names_share.h
%C%_libnames_files_a_SOURCES = %D%/names_files.c %D%/names_share.c %D%/names_share.h
