# netgrant run. libnic.a is pure: one NIC, from text and to text.
noinst_LIBRARIES += %D%/libnic.a
%C%_libnic_a_SOURCES = %D%/nic.c %D%/nic_keys.c %D%/nic.h %D%/nic_priv.h
