# Virtual networks. libnetconfig.a is pure: text in, text or structs out.
noinst_LIBRARIES += %D%/libnetconfig.a
%C%_libnetconfig_a_SOURCES = %D%/config.h %D%/config_priv.h %D%/config.c %D%/config_ip.c \
	%D%/config_words.c %D%/config_addresses.c %D%/config_keys.c %D%/config_items.c \
	%D%/config_check.c %D%/config_check_items.c %D%/config_print.c
%C%_libnetconfig_a_CFLAGS = $(AM_CFLAGS) $(INIH_CFLAGS)
NETCONFIG_LIBS = network/libnetconfig.a lib/libpure.a $(INIH_LIBS)
