/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nic.h"

#include "nic_priv.h"

#include "lib/near.h"
#include "lib/quote.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *purpose;
} types[NIC_TYPES] = {
	[NIC_USER] = {"user", "a private network behind this user's own rights; no privilege"},
	[NIC_NETWORK] = {"network", "a virtual network of the admin's (nat-setup)"},
	[NIC_BRIDGE] = {"bridge", "a port on a bridge that exists (bridge-helper)"},
	[NIC_ETHERNET] = {"ethernet", "a tap, which the admin's script connects (ifup-runner)"},
	[NIC_MCAST] = {"mcast", "all that are in one multicast group; no privilege"},
	[NIC_SERVER] = {"server", "listens on TCP; all clients and this guest see each other"},
	[NIC_CLIENT] = {"client", "connects to a server; no privilege"},
	[NIC_UDP] = {"udp", "one other end, by datagrams; no privilege"},
	[NIC_HUB] = {"hub", "all NICs of this command with the same source, on one repeater"},
	[NIC_NULL] = {"null", "a NIC without a cable"},
};

int nic_wrong(struct nic_error *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

const char *nic_type_name(enum nic_type type)
{
	return type < NIC_TYPES ? types[type].name : NULL;
}

const char *nic_type_purpose(enum nic_type type)
{
	return type < NIC_TYPES ? types[type].purpose : NULL;
}

int nic_type_find(const char *name, size_t len, enum nic_type *ret)
{
	for (unsigned i = 0; i < NIC_TYPES; i++) {
		if (strlen(types[i].name) == len && memcmp(types[i].name, name, len) == 0) {
			*ret = (enum nic_type)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int unknown_type(const char *name, size_t len, struct nic_error *e)
{
	const char *best = NULL;
	unsigned distance = 3;

	for (unsigned i = 0; i < NIC_TYPES; i++)
		near_consider(name, len, types[i].name, &best, &distance);
	return nic_wrong(e,
			 "unknown type '%s'%s%s%s; there are user, network, bridge, ethernet, "
			 "mcast, server, client, udp, hub and null",
			 QUOTE_N(name, len), best ? " (did you mean '" : "", best ? best : "",
			 best ? "'?)" : "");
}

/* Copies the next item of the list to buf, ",," as one comma. false: there is none. */
static bool next_item(const char **text, char *buf)
{
	const char *p = *text;

	if (!*p)
		return false;
	p++; /* the comma before it */
	for (; *p && (*p != ',' || p[1] == ','); p++) {
		*buf++ = *p;
		p += *p == ',';
	}
	*buf = '\0';
	*text = p;
	return true;
}

static int set_item(struct nic *nic, char *item, struct nic_error *e)
{
	char *value = strchr(item, '=');

	if (!value)
		return nic_wrong(e, "'%s' has no value; KEY=VALUE is wanted", QUOTE(item));
	*value = '\0';
	return nic_set(nic, item, value + 1, e);
}

int nic_parse(const char *text, struct nic *ret, struct nic_error *reterr)
{
	size_t len = strcspn(text, ",");
	char item[NIC_TEXT_MAX];
	int r;

	memset(ret, 0, sizeof(*ret));
	if (strlen(text) >= NIC_TEXT_MAX)
		return nic_wrong(reterr, "it is longer than %u bytes", NIC_TEXT_MAX - 1);
	r = nic_type_find(text, len, &ret->type);
	if (r < 0)
		return unknown_type(text, len, reterr);
	text += len;
	while (r == 0 && next_item(&text, item))
		r = set_item(ret, item, reterr);
	if (r == 0)
		r = nic_complete(ret, reterr);
	if (r < 0)
		nic_free(ret);
	return r;
}

void nic_free(struct nic *nic)
{
	free(nic->source);
	free(nic->target);
	free(nic->script);
	free(nic->downscript);
	free(nic->address);
	free(nic->local_address);
	free(nic->model);
	free(nic->alias);
	for (size_t i = 0; i < nic->n_forwards; i++)
		free(nic->forwards[i]);
	memset(nic, 0, sizeof(*nic));
}
