# Programs without privilege.
if STATIC_HELPERS
helperexec_PROGRAMS += %D%/name-lookup
%C%_name_lookup_SOURCES = %D%/name-lookup.c
%C%_name_lookup_LDADD = lib/libnames_nss.a lib/libpure.a
NETGRANT_STATIC = -DSTATIC_HELPERS
else
NETGRANT_STATIC =
EXTRA_DIST += %D%/name-lookup.c
endif

# What netgrant (run/) answers: apart, as an emulator's parent needs none of it.
helperexec_PROGRAMS += %D%/questions
%C%_questions_SOURCES = %D%/questions.c %D%/verbs.h %D%/cli.c %D%/cli.h \
	%D%/explain.c %D%/allowed.c %D%/answer.c %D%/answer.h \
	%D%/check.c %D%/check.h %D%/check_read.c %D%/check_rules.c %D%/check_cover.c \
	%D%/check_install.c %D%/vfscaps.c %D%/vfscaps.h %D%/findings.c %D%/findings.h \
	%D%/who.c %D%/who.h %D%/kinds.c %D%/kinds.h %D%/devices.c %D%/devices.h \
	%D%/networks.c %D%/networks.h %D%/check_networks.c %D%/check_ping.c %D%/check_namespaces.c %D%/own_namespace.c %D%/own_namespace.h \
	%D%/verb_exec.c %D%/verb_switch.c %D%/verb_slirp.c %D%/slirp/forward.c %D%/slirp/forward.h \
	%D%/status.c %D%/holders.c %D%/holders.h \
	%D%/chain.c %D%/chain.h %D%/rules.c %D%/rules.h %D%/memo.c %D%/memo.h
%C%_questions_CPPFLAGS = $(AM_CPPFLAGS) $(NETGRANT_STATIC) -DDNSMASQ='"$(DNSMASQ)"' \
	-DDNSMASQ_USER='"$(DNSMASQ_USER)"'
%C%_questions_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS)
# Not libnet.a: nothing here changes the network, or asks it over netlink.
%C%_questions_LDADD = unpriv/wire/libwire.a network/libnetconfig.a policy/libreader.a policy/libpolicy.a lib/libsys.a lib/libnames_nss.a \
	lib/libpure.a $(INIH_LIBS) $(JSONC_LIBS)

# netgrant import-network: apart, because of what libxml2 brings along.
helperexec_PROGRAMS += %D%/import-network
%C%_import_network_SOURCES = %D%/import-network.c %D%/import.h %D%/import_xml.c %D%/import_draft.c \
	%D%/xml_in.c %D%/xml_in.h
%C%_import_network_CFLAGS = $(AM_CFLAGS) $(XML2_CFLAGS)
%C%_import_network_LDADD = $(NETCONFIG_LIBS) $(XML2_LIBS)

include unpriv/switch/local.mk
