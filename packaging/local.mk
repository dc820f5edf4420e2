EXTRA_DIST += %D%/filecaps.list %D%/filecaps.awk %D%/install-caps.sh

# For systemd and NetworkManager. configure says where each goes, and whether.
SUBSTITUTED = %D%/systemd/netgrant-network@.service %D%/systemd/netgrant-reload.service \
	%D%/systemd/sysusers.conf %D%/systemd/tmpfiles.conf
EXTRA_DIST += %D%/systemd/netgrant-network@.service.in %D%/systemd/netgrant-reload.service.in \
	%D%/systemd/sysusers.conf.in %D%/systemd/tmpfiles.conf.in %D%/systemd/firewall.conf \
	%D%/systemd/10-netgrant.network %D%/networkmanager/netgrant.conf
CLEANFILES += $(SUBSTITUTED)
$(SUBSTITUTED): Makefile
	$(AM_V_GEN)$(MKDIR_P) %D%/systemd && \
	$(SED) -e 's|@libexecdir[@]|$(libexecdir)|g' -e 's|@runstatedir[@]|$(runstatedir)|g' \
		-e 's|@localstatedir[@]|$(localstatedir)|g' -e 's|@DNSMASQ_USER[@]|$(DNSMASQ_USER)|g' \
		-e 's|@IFUP_USER[@]|$(IFUP_USER)|g' \
		'$(srcdir)/$@.in' > $@.tmp && mv $@.tmp $@
%D%/systemd/netgrant-network@.service: %D%/systemd/netgrant-network@.service.in
%D%/systemd/netgrant-reload.service: %D%/systemd/netgrant-reload.service.in
%D%/systemd/sysusers.conf: %D%/systemd/sysusers.conf.in
%D%/systemd/tmpfiles.conf: %D%/systemd/tmpfiles.conf.in

if SYSTEMD_UNITS
nodist_systemdsystemunit_DATA = %D%/systemd/netgrant-network@.service \
	%D%/systemd/netgrant-reload.service
endif
if SYSTEMD_NETWORK
dist_systemdnetwork_DATA = %D%/systemd/10-netgrant.network
endif
if BASH_COMPLETIONS
dist_bashcompletions_DATA = %D%/completions/netgrant.bash
endif
if ZSH_COMPLETIONS
dist_zshcompletions_DATA = %D%/completions/_netgrant
endif
if FISH_COMPLETIONS
dist_fishcompletions_DATA = %D%/completions/netgrant.fish
endif
# These are installed under another name each, which automake has no word for.
PACKAGING_FILES = $(SUBSTITUTED)
all-local: $(PACKAGING_FILES)
install-packaging: $(PACKAGING_FILES)
	@put() { \
		test "$$2" != no || return 0; \
		$(MKDIR_P) "$(DESTDIR)$$2" && echo "  $$2/$$3" && \
		$(INSTALL_DATA) "$$1" "$(DESTDIR)$$2/$$3"; }; \
	units='$(systemdsystemunitdir)'; \
	for s in nftables firewalld; do \
		test "$$units" = no || put '$(srcdir)/%D%/systemd/firewall.conf' \
			"$$units/$$s.service.d" netgrant.conf || exit 1; \
	done; \
	put %D%/systemd/sysusers.conf '$(sysusersdir)' netgrant.conf && \
	put %D%/systemd/tmpfiles.conf '$(tmpfilesdir)' netgrant.conf && \
	put '$(srcdir)/%D%/networkmanager/netgrant.conf' '$(networkmanagerconfdir)' 90-netgrant.conf
uninstall-packaging:
	-@for f in '$(systemdsystemunitdir)/nftables.service.d/netgrant.conf' \
		'$(systemdsystemunitdir)/firewalld.service.d/netgrant.conf' \
		'$(sysusersdir)/netgrant.conf' '$(tmpfilesdir)/netgrant.conf' \
		'$(networkmanagerconfdir)/90-netgrant.conf'; do \
		case $$f in no/*) ;; *) rm -f "$(DESTDIR)$$f"; \
			rmdir "$(DESTDIR)$${f%/*}" 2>/dev/null;; esac; \
	done; :
.PHONY: install-packaging uninstall-packaging

# The list as the programs see it.
BUILT_SOURCES += %D%/filecaps.h
CLEANFILES += %D%/filecaps.h
%D%/filecaps.h: %D%/filecaps.list %D%/filecaps.awk
	$(AM_V_GEN)$(MKDIR_P) %D% && \
	$(AWK) -f $(srcdir)/%D%/filecaps.awk $(srcdir)/%D%/filecaps.list > $@.tmp && mv $@.tmp $@

# name-lookup is not readable: see lib/names_files.c.
install-exec-hook:
	@lookup='$(DESTDIR)$(helperexecdir)/name-lookup'; test ! -f "$$lookup" || chmod 0711 "$$lookup"
	@DESTDIR='$(DESTDIR)' SETCAP='$(SETCAP)' $(SHELL) $(srcdir)/%D%/install-caps.sh \
		$(srcdir)/%D%/filecaps.list '$(helperexecdir)'
