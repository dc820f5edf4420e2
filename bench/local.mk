noinst_PROGRAMS += %D%/fdlatency %D%/frameload
%C%_frameload_SOURCES = %D%/frameload.c
%C%_frameload_LDADD = -lpthread
%C%_fdlatency_SOURCES = %D%/fdlatency.c
%C%_fdlatency_LDADD = lib/libsys.a lib/libpure.a
EXTRA_DIST += %D%/helper-latency.sh %D%/network-latency.sh %D%/network-throughput.sh \
	%D%/run-latency.sh %D%/switch.sh
EXTRA_DIST += %D%/README.md
noinst_PROGRAMS += %D%/slirpload
%C%_slirpload_SOURCES = %D%/slirpload.c
EXTRA_DIST += %D%/slirp-peers.sh
