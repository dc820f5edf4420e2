EXTRA_DIST += %D%/filecaps.list %D%/filecaps.awk %D%/install-caps.sh

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
