# Virtual networks: what they are, and what is written from it.
noinst_LIBRARIES += %D%/libnetconfig.a
%C%_libnetconfig_a_SOURCES = %D%/config.h \
	%D%/nft.c %D%/nft_bridge.c %D%/nft_dhcp.c %D%/nft.h %D%/nft_priv.h
