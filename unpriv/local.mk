# Programs without privilege.
if STATIC_HELPERS
helperexec_PROGRAMS += %D%/name-lookup
%C%_name_lookup_SOURCES = %D%/name-lookup.c
%C%_name_lookup_LDADD = lib/libnames_nss.a lib/libpure.a
else
EXTRA_DIST += %D%/name-lookup.c
endif
