# What a virtual network is: pure code.
noinst_LIBRARIES += %D%/libnetconfig.a
%C%_libnetconfig_a_SOURCES = %D%/config.h %D%/ip.c %D%/dnsmasq.c %D%/dnsmasq_dhcp.c %D%/dnsmasq_out.c \
	%D%/dnsmasq.h %D%/dnsmasq_priv.h \
	%D%/leases.c %D%/leases.h
