dist_man_MANS = %D%/bridge-helper.8 %D%/netgrant-bridge.conf.5
