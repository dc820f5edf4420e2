noinst_PROGRAMS += %D%/fdlatency
%C%_fdlatency_SOURCES = %D%/fdlatency.c
%C%_fdlatency_LDADD = lib/libsys.a lib/libpure.a
EXTRA_DIST += %D%/helper-latency.sh %D%/network-latency.sh
EXTRA_DIST += %D%/README.md
noinst_PROGRAMS += %D%/slirpload
%C%_slirpload_SOURCES = %D%/slirpload.c
EXTRA_DIST += %D%/slirp-peers.sh
