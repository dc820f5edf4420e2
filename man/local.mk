dist_man_MANS = %D%/bridge-helper.8 %D%/netgrant-bridge.conf.5 %D%/netgrant-network.conf.5 \
	%D%/nat-setup.8 %D%/netgrant.1 %D%/netgrant-slirp.1
