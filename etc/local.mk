# No active policy is installed: only where there is none is /etc/qemu/bridge.conf read.
policydir = $(sysconfdir)/netgrant
dist_policy_DATA = %D%/bridge.conf.example
