/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One NIC of a guest, as a person asks for it: "bridge,source=br0,model=e1000". Pure: text to
 * struct and back. netgrant-nic(5) describes it.
 */
#ifndef NETGRANT_NIC_H
#define NETGRANT_NIC_H

#include "lib/compiler.h"
#include "lib/mac.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NIC_TEXT_MAX 4096 /* bytes of one --nic */
#define NIC_FORWARDS_MAX 64
#define NIC_QUEUES_MAX 8

enum nic_type {
	NIC_USER,
	NIC_NETWORK,
	NIC_BRIDGE,
	NIC_ETHERNET,
	NIC_MCAST,
	NIC_SERVER,
	NIC_CLIENT,
	NIC_UDP,
	NIC_HUB,
	NIC_NULL,
	NIC_TYPES
};

enum nic_backend {
	NIC_BACKEND_BEST, /* not given */
	NIC_BACKEND_QEMU,
	NIC_BACKEND_NETGRANT,
	NIC_BACKEND_PASST,
};

/* Strings are malloc'ed; NULL: not given. */
struct nic {
	enum nic_type type;
	char *source;                     /* bridge, network or hub */
	char *target;                     /* name of the tap */
	char *script;                     /* absolute paths */
	char *downscript;                 /* or "no" */
	char *address;                    /* of the group, the server, the other end */
	char *local_address;              /* of this end */
	char *model;                      /* "virtio" and what libvirt calls the others */
	char *alias;                      /* the NIC's name towards the emulator */
	char *forwards[NIC_FORWARDS_MAX]; /* hostfwd=, as QEMU writes them */
	size_t n_forwards;
	uint16_t port, local_port; /* 0: not given */
	unsigned mtu;              /* 0: not given */
	unsigned queues;           /* 0: not given */
	unsigned boot;             /* 0: not given; 1 is first */
	enum nic_backend backend;
	bool has_mac;
	uint8_t mac[MAC_LEN];
	bool vhost, restricted, link_down;
};

struct nic_error {
	char text[320];
};

/*
 * Reads "TYPE[,key=value…]"; ",," in a value is one comma. 0: *ret is filled in, to be given to
 * nic_free(). -EINVAL: *reterr says what is wrong and what would be right, *ret is empty.
 * -ENOMEM.
 */
MUST_CHECK NONNULL int nic_parse(const char *text, struct nic *ret, struct nic_error *reterr);

NONNULL void nic_free(struct nic *nic);

/*
 * Sets one key as nic_parse() would, for whoever has the values from elsewhere: -EINVAL where
 * the key is unknown or not one of the NIC's type, where the value is wrong, or where it was set
 * before. When all are set, nic_complete() says what is missing or does not go together.
 */
MUST_CHECK NONNULL int nic_set(struct nic *nic, const char *key, const char *value,
			       struct nic_error *reterr);
MUST_CHECK NONNULL int nic_complete(const struct nic *nic, struct nic_error *reterr);

/* The normal form, which nic_parse() reads as the same: malloc'ed. NULL: no memory. */
MUST_CHECK NONNULL char *nic_print(const struct nic *nic);

/* "bridge"; and the type of that name, or -EINVAL. */
const char *nic_type_name(enum nic_type type);
MUST_CHECK NONNULL int nic_type_find(const char *name, size_t len, enum nic_type *ret);

/* The keys, one after the other, for --nic help: NULL at the end. *retwhat: one line about it. */
const char *nic_key(enum nic_type type, size_t i, const char **retwhat);

/* What the type is for: one line. */
const char *nic_type_purpose(enum nic_type type);

#endif
