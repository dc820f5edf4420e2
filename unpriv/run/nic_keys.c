/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of a NIC: which types have them, what may stand in them. */
#include "nic_priv.h"

#include "lib/ifname.h"
#include "lib/near.h"
#include "lib/netname.h"
#include "lib/num.h"
#include "lib/quote.h"
#include "unpriv/slirp/forward.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIT(type) (1u << (type))
#define ALL ((1u << NIC_TYPES) - 1)
#define TAPS (BIT(NIC_NETWORK) | BIT(NIC_BRIDGE) | BIT(NIC_ETHERNET))
#define TUNNELS (BIT(NIC_MCAST) | BIT(NIC_SERVER) | BIT(NIC_CLIENT) | BIT(NIC_UDP))

struct key {
	const char *name, *what;
	unsigned types;
	size_t offset;
	/* For strings: NULL, or why the value cannot be. */
	const char *(*defect)(const struct nic *nic, const char *value);
	/* For all others: sets *at, which is at the offset. */
	int (*set)(void *at, const char *value, struct nic_error *e);
	/* The value as text, in buf or elsewhere; NULL: not given. */
	const char *(*get)(const struct nic *nic, const struct key *key, char *buf);
};

#define GET_SIZE 64
#define HOSTFWD "hostfwd" /* the one that may be repeated */

/* ---- strings */

static bool all_of(const char *value, size_t most, const char *chars)
{
	size_t len = strlen(value);

	return len > 0 && len <= most && strspn(value, chars) == len;
}

#define WORD_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

static const char *source_defect(const struct nic *nic, const char *value)
{
	enum ifname_defect defect = ifname_check(value, strlen(value));

	if (nic->type == NIC_BRIDGE && defect != IFNAME_OK)
		return ifname_defect_text(defect);
	if (nic->type == NIC_NETWORK)
		return netname_defect(value);
	if (nic->type == NIC_HUB && !all_of(value, 32, WORD_CHARS))
		return "is not 1 to 32 of A-Z, a-z, 0-9, '_', '.' and '-'";
	return NULL;
}

/* A name, or one with a %d that the kernel fills in. */
static const char *target_defect(const struct nic *nic, const char *value)
{
	const char *percent = strstr(value, "%d");
	char name[NIC_TEXT_MAX];
	enum ifname_defect defect;

	(void)nic;
	snprintf(name, sizeof(name), "%.*s%s%s", percent ? (int)(percent - value) : 0, value,
		 percent ? "0" : "", percent ? percent + 2 : value);
	defect = ifname_check(name, strlen(name));
	return defect == IFNAME_OK ? NULL : ifname_defect_text(defect);
}

static const char *script_defect(const struct nic *nic, const char *value)
{
	(void)nic;
	if (strcmp(value, "no") == 0)
		return NULL;
	return value[0] == '/' ? NULL : "is no absolute path, and not 'no'";
}

/* 1: multicast, 0: not, -1: no address at all. */
static int is_multicast(const char *value)
{
	struct in_addr four;
	struct in6_addr six;

	if (inet_pton(AF_INET, value, &four) == 1)
		return IN_MULTICAST(ntohl(four.s_addr));
	if (inet_pton(AF_INET6, value, &six) == 1)
		return IN6_IS_ADDR_MULTICAST(&six);
	return -1;
}

static const char *address_defect(const struct nic *nic, const char *value)
{
	int multicast = is_multicast(value);

	if (nic->type == NIC_MCAST)
		return multicast == 1 ? NULL
				      : "is no multicast address: 224.0.0.0 to "
					"239.255.255.255, or ff00::/8";
	if (multicast == 1)
		return "is a multicast address, which only mcast has";
	if (multicast == 0 || all_of(value, 253, WORD_CHARS))
		return NULL;
	return "is neither an address nor a host's name";
}

static const char *local_address_defect(const struct nic *nic, const char *value)
{
	(void)nic;
	return is_multicast(value) == 0 ? NULL : "is no address of this host";
}

static const char *word_defect(const struct nic *nic, const char *value)
{
	(void)nic;
	return all_of(value, 64, WORD_CHARS) ? NULL
					     : "is not 1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-'";
}

static char **string_at(const struct nic *nic, const struct key *key)
{
	return (char **)((uintptr_t)nic + key->offset);
}

static const char *get_string(const struct nic *nic, const struct key *key, char *buf)
{
	(void)buf;
	return *string_at(nic, key);
}

/* ---- numbers and words */

static int number(const char *value, uint64_t min, uint64_t max, uint64_t *ret, struct nic_error *e)
{
	if (num_parse(value, strlen(value), min, max, ret) == 0)
		return 0;
	return nic_wrong(e, "'%s' is no number from %llu to %llu", QUOTE(value),
			 (unsigned long long)min, (unsigned long long)max);
}

static int set_port(void *at, const char *value, struct nic_error *e)
{
	uint64_t n;
	int r = number(value, 1, 65535, &n, e);

	if (r == 0)
		*(uint16_t *)at = (uint16_t)n;
	return r;
}

static const char *get_port(const struct nic *nic, const struct key *key, char *buf)
{
	unsigned port = *(const uint16_t *)((uintptr_t)nic + key->offset);

	snprintf(buf, GET_SIZE, "%u", port);
	return port ? buf : NULL;
}

static int set_unsigned(void *at, const char *value, uint64_t min, uint64_t max,
			struct nic_error *e)
{
	uint64_t n;
	int r = number(value, min, max, &n, e);

	if (r == 0)
		*(unsigned *)at = (unsigned)n;
	return r;
}

static int set_mtu(void *at, const char *value, struct nic_error *e)
{
	return set_unsigned(at, value, 68, 65535, e);
}

static int set_queues(void *at, const char *value, struct nic_error *e)
{
	return set_unsigned(at, value, 1, NIC_QUEUES_MAX, e);
}

static int set_boot(void *at, const char *value, struct nic_error *e)
{
	return set_unsigned(at, value, 1, 255, e);
}

static const char *get_unsigned(const struct nic *nic, const struct key *key, char *buf)
{
	unsigned n = *(const unsigned *)((uintptr_t)nic + key->offset);

	snprintf(buf, GET_SIZE, "%u", n);
	return n ? buf : NULL;
}

/* at is nic->mac; whether there is one is told by its own member. */
static int set_mac(void *at, const char *value, struct nic_error *e)
{
	static const uint8_t zero[MAC_LEN];
	uint8_t mac[MAC_LEN];

	if (mac_parse(value, strlen(value), mac) < 0)
		return nic_wrong(e, "'%s' is no MAC address like 52:54:00:12:34:56", QUOTE(value));
	if (mac_is_group(mac))
		return nic_wrong(e,
				 "%s is a multicast address: the first byte of a NIC's own is even",
				 QUOTE(value));
	if (memcmp(mac, zero, MAC_LEN) == 0)
		return nic_wrong(e, "%s is nobody's address", QUOTE(value));
	memcpy(at, mac, MAC_LEN);
	return 0;
}

static const char *get_mac(const struct nic *nic, const struct key *key, char *buf)
{
	(void)key;
	_Static_assert(GET_SIZE >= MAC_TEXT_SIZE, "a MAC address fits");
	return nic->has_mac ? mac_format(buf, nic->mac) : NULL;
}

static int one_of(const char *value, const char *no, const char *yes, bool *ret,
		  struct nic_error *e)
{
	if (strcmp(value, yes) != 0 && strcmp(value, no) != 0)
		return nic_wrong(e, "'%s' is neither %s nor %s", QUOTE(value), yes, no);
	*ret = strcmp(value, yes) == 0;
	return 0;
}

static int set_switch(void *at, const char *value, struct nic_error *e)
{
	return one_of(value, "off", "on", at, e);
}

static const char *get_switch(const struct nic *nic, const struct key *key, char *buf)
{
	(void)buf;
	return *(const bool *)((uintptr_t)nic + key->offset) ? "on" : NULL;
}

static int set_link(void *at, const char *value, struct nic_error *e)
{
	return one_of(value, "up", "down", at, e);
}

static const char *get_link(const struct nic *nic, const struct key *key, char *buf)
{
	(void)key;
	(void)buf;
	return nic->link_down ? "down" : NULL;
}

static const char *const backends[] = {NULL, "qemu", "netgrant", "passt"};

static int set_backend(void *at, const char *value, struct nic_error *e)
{
	for (unsigned i = 1; i < ARRAY_LEN(backends); i++) {
		if (strcmp(value, backends[i]) == 0) {
			*(enum nic_backend *)at = (enum nic_backend)i;
			return 0;
		}
	}
	return nic_wrong(e, "'%s' is not qemu, netgrant or passt", QUOTE(value));
}

static const char *get_backend(const struct nic *nic, const struct key *key, char *buf)
{
	(void)key;
	(void)buf;
	return backends[nic->backend];
}

/* ---- the table, in the order of the normal form */

#define AT(member) offsetof(struct nic, member)
#define STRING(name_, what_, types_, member, defect_)                                              \
	{                                                                                          \
		.name = (name_), .what = (what_), .types = (types_), .offset = AT(member),         \
		.defect = (defect_), .get = get_string                                             \
	}
#define VALUE(name_, what_, types_, member, set_, get_)                                            \
	{                                                                                          \
		.name = (name_), .what = (what_), .types = (types_), .offset = AT(member),         \
		.set = (set_), .get = (get_)                                                       \
	}

static const struct key keys[] = {
	STRING("source", "name of the bridge, the network or the hub",
	       BIT(NIC_NETWORK) | BIT(NIC_BRIDGE) | BIT(NIC_HUB), source, source_defect),
	STRING("address", "the group, where to listen, or the other end", TUNNELS, address,
	       address_defect),
	VALUE("port", "its port", TUNNELS, port, set_port, get_port),
	STRING("local-address", "this end's own address", BIT(NIC_MCAST) | BIT(NIC_UDP),
	       local_address, local_address_defect),
	VALUE("local-port", "this end's own port", BIT(NIC_UDP), local_port, set_port, get_port),
	STRING("target", "name of the tap; a %d in it is filled in", BIT(NIC_ETHERNET), target,
	       target_defect),
	STRING("script", "the admin's up script; no for none", BIT(NIC_ETHERNET), script,
	       script_defect),
	STRING("downscript", "the down script; no for none", BIT(NIC_ETHERNET), downscript,
	       script_defect),
	VALUE("mac", "the guest's address; else one that stays the same", ALL, mac, set_mac,
	      get_mac),
	STRING("model", "virtio (unless given), e1000e, rtl8139, or another that QEMU has", ALL,
	       model, word_defect),
	VALUE("mtu", "bytes of a packet, told to a virtio guest", ALL, mtu, set_mtu, get_unsigned),
	VALUE("queues", "of the tap, and of the virtio NIC", BIT(NIC_ETHERNET), queues, set_queues,
	      get_unsigned),
	VALUE("vhost", "on: frames pass through the kernel's vhost-net", BIT(NIC_ETHERNET), vhost,
	      set_switch, get_switch),
	{.name = HOSTFWD,
	 .what = "tcp|udp:[HOST]:PORT-[GUEST]:PORT or unix:PATH-[GUEST]:PORT; may be repeated",
	 .types = BIT(NIC_USER)},
	VALUE("restrict", "on: the guest reaches nothing but its network's own services",
	      BIT(NIC_USER), restricted, set_switch, get_switch),
	VALUE("backend", "who does it: qemu, netgrant, or passt (user only)",
	      BIT(NIC_USER) | TUNNELS, backend, set_backend, get_backend),
	VALUE("link", "down: as if the cable were not plugged in", ALL, link_down, set_link,
	      get_link),
	VALUE("boot", "which one to boot from, 1 first", ALL, boot, set_boot, get_unsigned),
	STRING("alias", "the NIC's identifier towards QEMU", ALL, alias, word_defect),
};

/* ---- set, complete, print */

static int unknown_key(const struct nic *nic, const char *name, struct nic_error *e)
{
	const char *best = NULL, *type = nic_type_name(nic->type);
	unsigned distance = 3;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (keys[i].types & BIT(nic->type))
			near_consider(name, strlen(name), keys[i].name, &best, &distance);
	if (best)
		return nic_wrong(e, "%s has no '%s' (did you mean '%s'?)", type, QUOTE(name), best);
	return nic_wrong(e, "%s has no '%s'; see --nic %s,help", type, QUOTE(name), type);
}

static int add_forward(struct nic *nic, const char *value, struct nic_error *e)
{
	struct forward forward;
	char why[FORWARD_ERROR];

	if (nic->n_forwards == NIC_FORWARDS_MAX)
		return nic_wrong(e, "there are more than %u forwards", NIC_FORWARDS_MAX);
	if (!*value || strspn(value, WORD_CHARS ":[]/") != strlen(value))
		return nic_wrong(e, "hostfwd '%s' is not tcp|udp:[HOST]:PORT-[GUEST]:PORT",
				 QUOTE(value));
	if (forward_parse(&forward, FORWARD_HOST, value, true, why) < 0)
		return nic_wrong(e, "hostfwd '%s': %s", QUOTE(value), why);
	nic->forwards[nic->n_forwards] = strdup(value);
	if (!nic->forwards[nic->n_forwards])
		return -ENOMEM;
	nic->n_forwards++;
	return 0;
}

/* One NIC is one line. */
static bool has_control(const char *value)
{
	while (*value && (unsigned char)*value >= 0x20 && *value != 0x7f)
		value++;
	return *value;
}

static int set_string(struct nic *nic, const struct key *key, const char *value,
		      struct nic_error *e)
{
	const char *defect = !*value              ? "is empty"
			     : has_control(value) ? "has a control character"
						  : key->defect(nic, value);
	char **at = string_at(nic, key);

	if (defect)
		return nic_wrong(e, "%s '%s' %s", key->name, QUOTE(value), defect);
	*at = strdup(value);
	return *at ? 0 : -ENOMEM;
}

static int set_value(struct nic *nic, const struct key *key, const char *value, struct nic_error *e)
{
	struct nic_error why;
	int r = key->set((void *)((uintptr_t)nic + key->offset), value, &why);

	if (r == -EINVAL)
		return nic_wrong(e, "%s %s", key->name, why.text);
	nic->has_mac |= key->set == set_mac && r == 0;
	return r;
}

static int set_key(struct nic *nic, const struct key *key, const char *value, struct nic_error *e)
{
	unsigned bit = 1u << (key - keys);
	int r;

	_Static_assert(ARRAY_LEN(keys) <= 32, "a bit each");
	if (!key->get)
		return add_forward(nic, value, e);
	if (nic->given & bit)
		return nic_wrong(e, "%s is there twice", key->name);
	r = key->set ? set_value(nic, key, value, e) : set_string(nic, key, value, e);
	if (r == 0)
		nic->given |= bit;
	return r;
}

int nic_set(struct nic *nic, const char *name, const char *value, struct nic_error *reterr)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(keys[i].name, name) == 0 && (keys[i].types & BIT(nic->type)))
			return set_key(nic, &keys[i], value, reterr);
	return unknown_key(nic, name, reterr);
}

/* What a type cannot be without. */
static const struct {
	unsigned types;
	const char *key, *example;
} needed[] = {
	{BIT(NIC_NETWORK), "source", "source=default"},
	{BIT(NIC_BRIDGE), "source", "source=br0"},
	{BIT(NIC_HUB), "source", "source=hub0"},
	{BIT(NIC_MCAST), "address", "address=230.0.0.1"},
	{BIT(NIC_SERVER), "address", "address=127.0.0.1, or 0.0.0.0 or :: to listen on all"},
	{BIT(NIC_CLIENT) | BIT(NIC_UDP), "address", "address=192.168.0.1"},
	{TUNNELS, "port", "port=5558"},
	{BIT(NIC_UDP), "local-port", "local-port=5558"},
};

static bool is_set(const struct nic *nic, const char *name)
{
	char buf[GET_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(keys[i].name, name) == 0 && keys[i].get)
			return keys[i].get(nic, &keys[i], buf) != NULL;
	return false;
}

/* Its guest has one address, which nobody can choose. */
static int check_passt(const struct nic *nic, struct nic_error *e)
{
	if (nic->type != NIC_USER)
		return nic_wrong(e, "backend passt is for user only");
	if (nic->restricted)
		return nic_wrong(e, "backend passt has no restrict; backend=netgrant has");
	for (size_t i = 0; i < nic->n_forwards; i++) {
		char text[NIC_TEXT_MAX];
		struct nic_forward f;

		snprintf(text, sizeof(text), "%s", nic->forwards[i]);
		if (nic_forward_cut(text, &f) < 0 || !f.host || f.guest[0])
			return nic_wrong(e, "hostfwd '%s': passt takes tcp|udp:[HOST]:PORT-:PORT",
					 QUOTE(nic->forwards[i]));
	}
	return 0;
}

int nic_complete(const struct nic *nic, struct nic_error *reterr)
{
	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (needed[i].types & BIT(nic->type) && !is_set(nic, needed[i].key))
			return nic_wrong(reterr, "%s wants %s=, for example %s",
					 nic_type_name(nic->type), needed[i].key,
					 needed[i].example);
	if (nic->backend == NIC_BACKEND_PASST && check_passt(nic, reterr) < 0)
		return -EINVAL;
	if (nic->downscript && nic->script && strcmp(nic->script, "no") == 0 &&
	    strcmp(nic->downscript, "no") != 0)
		return nic_wrong(reterr, "a down script without an up script: script=no");
	if (nic->model && strncmp(nic->model, "virtio", 6) != 0 && (nic->queues > 1 || nic->vhost))
		return nic_wrong(reterr, "queues and vhost take model=virtio");
	return 0;
}

/* A value as it stands in --nic: commas are doubled. */
static void print_item(FILE *f, const char *name, const char *value)
{
	fprintf(f, ",%s=", name);
	for (; *value; value++) {
		if (*value == ',')
			putc(',', f);
		putc(*value, f);
	}
}

char *nic_print(const struct nic *nic)
{
	char *text = NULL, buf[GET_SIZE];
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fputs(nic_type_name(nic->type), f);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *value;

		if (!(keys[i].types & BIT(nic->type)))
			continue;
		for (size_t j = 0; !keys[i].get && j < nic->n_forwards; j++)
			print_item(f, keys[i].name, nic->forwards[j]);
		value = keys[i].get ? keys[i].get(nic, &keys[i], buf) : NULL;
		if (value)
			print_item(f, keys[i].name, value);
	}
	if (ferror(f) | fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

const char *nic_key(enum nic_type type, size_t i, const char **retwhat)
{
	for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
		if (!(keys[k].types & BIT(type)) || i-- > 0)
			continue;
		*retwhat = keys[k].what;
		return keys[k].name;
	}
	return NULL;
}
