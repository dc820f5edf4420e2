noinst_PROGRAMS += %D%/fdlatency
%C%_fdlatency_SOURCES = %D%/fdlatency.c
%C%_fdlatency_LDADD = lib/libsys.a lib/libpure.a
EXTRA_DIST += %D%/helper-latency.sh %D%/network-latency.sh %D%/network-throughput.sh
EXTRA_DIST += %D%/README.md
