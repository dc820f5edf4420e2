/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the parser share. */
#ifndef NETGRANT_NETWORK_CONFIG_PRIV_H
#define NETGRANT_NETWORK_CONFIG_PRIV_H

#include "config.h"

/* A piece of the file: not terminated. */
struct net_text {
	const char *p;
	size_t len;
};

enum net_section {
	SECTION_NONE,
	SECTION_NETWORK,
	SECTION_IPV4,
	SECTION_IPV6,
	SECTION_DHCP,
	SECTION_DNS,
	SECTION_TFTP,
	SECTION_HOST,
	SECTION_RECORD,
	SECTION_FORWARD,
	SECTION_COUNT,
};

enum net_key {
	KEY_MODE,
	KEY_UPLINK,
	KEY_BRIDGE,
	KEY_MAC,
	KEY_MTU,
	KEY_STP,
	KEY_GUESTS,
	KEY_START,
	KEY_STOP,
	KEY_SERVICES,
	KEY_LEASES,
	KEY_ADDRESS4,
	KEY_DHCP4,
	KEY_LEASE4,
	KEY_NAT_ADDRESS,
	KEY_NAT_PORTS,
	KEY_ADDRESS6,
	KEY_DHCP6,
	KEY_LEASE6,
	KEY_RA,
	KEY_NAT6,
	KEY_ROUTER,
	KEY_NTP,
	KEY_SEARCH,
	KEY_BOOT_FILE,
	KEY_BOOT_SERVER,
	KEY_DNS,
	KEY_DOMAIN,
	KEY_FORWARDERS,
	KEY_TFTP_ROOT,
	KEY_HOST_MAC,
	KEY_HOST_ID,
	KEY_HOST_IPV4,
	KEY_HOST_IPV6,
	KEY_RECORD_ADDRESS,
	KEY_RECORD_TXT,
	KEY_RECORD_SRV,
	KEY_FORWARD_PROTOCOL,
	KEY_FORWARD_PORT,
	KEY_FORWARD_TO,
	KEY_FORWARD_ADDRESS,
	KEY_COUNT,
};

struct net_parser {
	struct net_config *config;
	struct net_config_error *error;
	const char *next, *end; /* lines that have not been read */
	unsigned line;          /* of the last one that has */
	struct net_text value;  /* in that one */
	enum net_section section;
	const char *key; /* being read */
	int status;      /* 0, -EINVAL, -ENOMEM */
	/* Lines; 0: not there. Keys of sections that can stand several times: in the last one. */
	unsigned section_line[SECTION_COUNT];
	unsigned key_line[KEY_COUNT];
};

/* Tells what is wrong with the line being read, or another one. Returns -EINVAL. */
PRINTF(2, 3) int net_fail(struct net_parser *p, const char *fmt, ...);
PRINTF(3, 4) int net_fail_at(struct net_parser *p, unsigned line, const char *fmt, ...);

/* "'TEXT' in 'key=' WHAT". */
int net_bad(struct net_parser *p, struct net_text text, const char *what);

/* config_words.c: each reads the whole of text; 0, or -EINVAL with the error told. */

/* Which of the words it is; no more than eight. */
int net_read_word(struct net_parser *p, struct net_text text, const char *const *words, size_t n,
		  unsigned *ret);
int net_read_yes(struct net_parser *p, struct net_text text, bool *ret);
int net_read_number(struct net_parser *p, struct net_text text, uint64_t min, uint64_t max,
		    uint64_t *ret);
int net_read_mac(struct net_parser *p, struct net_text text, uint8_t ret[MAC_LEN]);
int net_read_device(struct net_parser *p, struct net_text text, char ret[IFNAME_MAX + 1]);
/* "80" or "8000-8010". */
int net_read_ports(struct net_parser *p, struct net_text text, struct net_ports *ret);
/* "1h": 120 seconds to a year. */
int net_read_seconds(struct net_parser *p, struct net_text text, uint32_t *ret);

/* A copy for the struct net_config; the old one is freed. 0 or -ENOMEM. */
int net_copy(struct net_text text, char **ret);

/* Takes the first item off a list: 1, 0 at its end, -EINVAL where one is empty. */
int net_next_item(struct net_parser *p, struct net_text *list, struct net_text *ret);

/* Cuts text at the first c: true, *before and what is behind it; false: there is none. */
bool net_cut(struct net_text *text, char c, struct net_text *before);

/* The text without blanks around it. */
struct net_text net_trim(struct net_text text);

/* What is wrong with a name, or NULL. A label is what stands between the dots of a domain. */
#define NET_LABEL_MAX 63
#define NET_DOMAIN_MAX 253
const char *net_label_defect(struct net_text text);
const char *net_domain_defect(struct net_text text, bool underscores);

/* config_addresses.c: the same for addresses. */

/* An address that a machine can have, of that family; AF_UNSPEC: any. */
int net_read_ip(struct net_parser *p, struct net_text text, int family, struct net_ip *ret);
/* ADDRESS[:PORT]; an IPv6 one in [] where a port follows. *retport is left alone without. */
int net_read_endpoint(struct net_parser *p, struct net_text text, struct net_ip *ret,
		      uint16_t *retport);
bool net_is_loopback(const struct net_ip *ip);
/* The first or last address of its IPv4 subnet, which no machine can have. */
bool net_is_edge(const struct net_ip *ip, const struct net_address *address);
/* The address whose subnet ip is in, or NULL. */
const struct net_address *net_subnet_of(const struct net_config *c, const struct net_ip *ip);

/* Reads p->value into p->config. 0, -EINVAL or -ENOMEM. */
typedef int net_read_fn(struct net_parser *p);
net_read_fn net_key_address, net_key_dhcp, net_key_lease, net_key_nat_address, net_key_nat_ports,
	net_key_ra, net_key_nat6;
net_read_fn net_key_mode, net_key_uplink, net_key_bridge, net_key_mac, net_key_mtu, net_key_stp,
	net_key_guests, net_key_start, net_key_stop, net_key_services, net_key_leases;
net_read_fn net_key_router, net_key_ntp, net_key_search, net_key_boot_file, net_key_boot_server,
	net_key_dns, net_key_domain, net_key_forwarders, net_key_tftp_root;
net_read_fn net_key_host_mac, net_key_host_id, net_key_host_ip;
net_read_fn net_key_record_address, net_key_record_txt, net_key_record_srv;
net_read_fn net_key_forward_protocol, net_key_forward_port, net_key_forward_to,
	net_key_forward_address;

/* config_items.c: a section with a name begins. */
int net_begin_host(struct net_parser *p, struct net_text name);
int net_begin_record(struct net_parser *p, struct net_text name);
int net_begin_forward(struct net_parser *p, struct net_text name);

/* config_check.c, config_check_items.c: what no line can tell alone. */
int net_check(struct net_parser *p);
int net_check_items(struct net_parser *p);

#endif
