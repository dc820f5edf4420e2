# One file, one privileged program. ("exec" in the folder's variable makes automake install
# it before install-exec-hook.)
helperexecdir = $(libexecdir)/netgrant
helperexec_PROGRAMS = %D%/bridge-helper %D%/tap-creator %D%/ifup-runner %D%/nat-setup \
	%D%/ifup-worker

HELPER_COMMON = %D%/helper.c %D%/helper.h %D%/device.c %D%/device.h
HELPER_LDADD = policy/libreader.a policy/libpolicy.a lib/libnet.a lib/libsys.a $(HELPER_NAMES) \
	lib/libpure.a $(HELPER_LIBS)
if STATIC_HELPERS
HELPER_NAMES = lib/libnames_files.a
LDFLAGS_HELPER = $(STATIC_LDFLAGS)
else
HELPER_NAMES = lib/libnames_nss.a
LDFLAGS_HELPER = $(PIE_LDFLAGS)
endif

%C%_bridge_helper_SOURCES = %D%/bridge-helper.c %D%/port.c %D%/port.h $(HELPER_COMMON)
%C%_bridge_helper_LDADD = $(HELPER_LDADD)
%C%_bridge_helper_LDFLAGS = $(HARDEN_LDFLAGS) $(LDFLAGS_HELPER)

%C%_tap_creator_SOURCES = %D%/tap-creator.c $(HELPER_COMMON)
%C%_tap_creator_LDADD = $(HELPER_LDADD)
%C%_tap_creator_LDFLAGS = $(HARDEN_LDFLAGS) $(LDFLAGS_HELPER)

%C%_nat_setup_SOURCES = %D%/nat-setup.c %D%/port.c %D%/port.h %D%/work.c %D%/work.h $(HELPER_COMMON)
%C%_nat_setup_LDADD = $(HELPER_LDADD)
%C%_nat_setup_LDFLAGS = $(HARDEN_LDFLAGS) $(LDFLAGS_HELPER)

%C%_ifup_runner_SOURCES = %D%/ifup-runner.c %D%/ifup.h %D%/work.c %D%/work.h $(HELPER_COMMON)
%C%_ifup_runner_LDADD = $(HELPER_LDADD)
%C%_ifup_runner_LDFLAGS = $(HARDEN_LDFLAGS) $(LDFLAGS_HELPER)

# Run by ifup-runner, without a capability of its own; static, as it stays for long.
%C%_ifup_worker_SOURCES = %D%/ifup-worker.c %D%/ifup.h %D%/ifup_run.c \
	%D%/ifup_watch.c %D%/ifup_gc.c
%C%_ifup_worker_LDADD = $(HELPER_LDADD)
%C%_ifup_worker_LDFLAGS = $(HARDEN_LDFLAGS) $(LDFLAGS_HELPER)
