dist_man_MANS = %D%/bridge-helper.8 %D%/netgrant-bridge.conf.5 %D%/netgrant-network.conf.5 \
	%D%/netgrant-tap.conf.5 %D%/netgrant-ifup.conf.5 %D%/netgrant-nic.5 %D%/nat-setup.8 \
	%D%/tap-creator.8 %D%/ifup-runner.8 %D%/netgrant.1 %D%/netgrant-run.1 \
	%D%/netgrant-switch.1 \
	%D%/netgrant-slirp.1
