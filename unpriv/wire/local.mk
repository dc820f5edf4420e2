# What netgrant-switch and netgrant-slirp share.
noinst_LIBRARIES += %D%/libwire.a
%C%_libwire_a_SOURCES = %D%/framing.c %D%/framing.h %D%/endpoint.c %D%/endpoint_open.c %D%/endpoint.h \
	%D%/control.c %D%/control_ask.c %D%/control.h %D%/confine.c %D%/confine.h %D%/ready.c %D%/ready.h
