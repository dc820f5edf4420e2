# No active policy is installed: only where there is none is /etc/qemu/bridge.conf read.
policydir = $(sysconfdir)/netgrant
dist_policy_DATA = %D%/bridge.conf.example %D%/network.conf.example %D%/tap.conf.example \
	%D%/ifup.conf.example

# A network grants nothing to anybody by itself, so this one is active. It is the admin's
# from then on: never overwritten, and removed only while it is as it was installed.
EXTRA_DIST += %D%/networks/default.conf
install-data-local: install-packaging
	$(MKDIR_P) '$(DESTDIR)$(policydir)/networks'
	test -e '$(DESTDIR)$(policydir)/networks/default.conf' || \
	  $(INSTALL_DATA) '$(srcdir)/%D%/networks/default.conf' '$(DESTDIR)$(policydir)/networks/default.conf'
uninstall-local: uninstall-packaging
	if cmp -s '$(srcdir)/%D%/networks/default.conf' '$(DESTDIR)$(policydir)/networks/default.conf'; \
	then rm -f '$(DESTDIR)$(policydir)/networks/default.conf'; fi
	-rmdir '$(DESTDIR)$(policydir)/networks' 2>/dev/null
