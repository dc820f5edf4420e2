# Small programs that the bats tests run.
check_PROGRAMS += %D%/tools/as-user %D%/tools/recv-fd
%C%_tools_as_user_SOURCES = %D%/tools/as-user.c
%C%_tools_recv_fd_SOURCES = %D%/tools/recv-fd.c
%C%_tools_recv_fd_LDADD = lib/libsys.a lib/libpure.a
EXTRA_DIST += %D%/sandbox
check_PROGRAMS += %D%/tools/log-sink
%C%_tools_log_sink_SOURCES = %D%/tools/log-sink.c
EXTRA_DIST += %D%/lib.bash %D%/bridge.bats
