# netgrant convert: apart, because of what libxml2 brings along.
helperexec_PROGRAMS += %D%/convert-interface
CONVERT_SOURCES = %D%/from_xml.c %D%/to_xml.c %D%/forwards.c %D%/convert.h unpriv/xml_in.c \
	unpriv/xml_in.h
%C%_convert_interface_SOURCES = %D%/convert-interface.c $(CONVERT_SOURCES)
%C%_convert_interface_CFLAGS = $(AM_CFLAGS) $(XML2_CFLAGS)
%C%_convert_interface_LDADD = unpriv/run/libnic.a lib/libsys.a lib/libpure.a $(XML2_LIBS)
