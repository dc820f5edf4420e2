# Virtual networks. libnetconfig.a is pure: text in, text or structs out.
noinst_LIBRARIES += %D%/libnetconfig.a
%C%_libnetconfig_a_SOURCES = %D%/config.h %D%/config_priv.h %D%/config.c %D%/config_ip.c \
	%D%/config_words.c %D%/config_addresses.c %D%/config_keys.c %D%/config_items.c \
	%D%/config_check.c %D%/config_check_items.c %D%/config_print.c \
	%D%/dnsmasq.c %D%/dnsmasq_dhcp.c %D%/dnsmasq_out.c %D%/dnsmasq.h %D%/dnsmasq_priv.h \
	%D%/leases.c %D%/leases.h %D%/nft.c %D%/nft.h %D%/nft_bridge.c %D%/nft_dhcp.c %D%/nft_priv.h
%C%_libnetconfig_a_CFLAGS = $(AM_CFLAGS) $(INIH_CFLAGS)
NETCONFIG_LIBS = network/libnetconfig.a lib/libpure.a $(INIH_LIBS)

# The worker: run by nat-setup, without a capability of its own.
helperexec_PROGRAMS += %D%/network-worker
%C%_network_worker_SOURCES = %D%/worker.c %D%/worker.h %D%/load.c %D%/state.c \
	%D%/settings.c %D%/setting_lines.c %D%/settings_priv.h %D%/bridge.c \
	%D%/rules.c %D%/service.c %D%/service_priv.h %D%/spawn.c %D%/deaf.c \
	%D%/updown.c %D%/watch.c %D%/status.c \
	%D%/obstacles.c %D%/obstacles_priv.h %D%/listing.c %D%/remedy.c
%C%_network_worker_CPPFLAGS = $(AM_CPPFLAGS) -DDNSMASQ='"$(DNSMASQ)"' \
	-DDNSMASQ_USER='"$(DNSMASQ_USER)"'
%C%_network_worker_CFLAGS = $(AM_CFLAGS) $(NFTABLES_CFLAGS) $(JSONC_CFLAGS)
%C%_network_worker_LDADD = network/libnetconfig.a lib/libnet.a lib/libsys.a lib/libnames_nss.a \
	lib/libpure.a $(INIH_LIBS) $(NFTABLES_LIBS) $(JSONC_LIBS) $(NL_LIBS) $(CAPNG_LIBS)
