/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual network, as /etc/netgrant/networks/NAME.conf describes it
 * (netgrant-network.conf(5)). Pure: text in, struct out; no file, device or user is
 * touched. What is in a struct net_config has been validated: every string in it can be
 * written into the configuration of dnsmasq or nftables as it stands.
 */
#ifndef NETGRANT_NETWORK_CONFIG_H
#define NETGRANT_NETWORK_CONFIG_H

#include "lib/compiler.h"
#include "lib/ifname.h"
#include "lib/mac.h"
#include "lib/netname.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bounds. What exceeds one is an error, never cut. */
#define NET_FILE_MAX (1024 * 1024) /* bytes of a configuration file */
#define NET_ADDRESSES_MAX 16
#define NET_RANGES_MAX 16
#define NET_HOSTS_MAX 4096
#define NET_RECORDS_MAX 4096
#define NET_FORWARDS_MAX 1024
#define NET_FORWARDERS_MAX 64
#define NET_NTP_MAX 16
#define NET_LIST_MAX 32 /* values of any other list */
/* dnsmasq takes a line of more than 1024 bytes for two: no list or text here fills one. */
#define NET_SEARCH_BYTES_MAX 255 /* all domains of a search list, with a byte for each */
#define NET_ID_BYTES_MAX 130     /* of a DHCP client identifier or DUID */
#define NET_TXT_MAX 255
#define NET_PATH_LENGTH_MAX 255
#define NET_BOOT_FILE_MAX 127

enum net_mode {
	NET_NAT,      /* out through the host, in the host's name */
	NET_ROUTE,    /* in and out through the host, in the guests' own names */
	NET_ISOLATED, /* guests and host only; no way in or out */
	NET_OPEN,     /* routed, and no rule of ours stands in the way */
};

struct net_ip {
	int family; /* AF_INET or AF_INET6; 0: none */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	} u;
};

/* 192.168.22.1/24: the host's own address, and the guests' subnet. */
struct net_address {
	struct net_ip ip;
	uint8_t prefix;
};

struct net_range {
	struct net_ip first, last; /* of one family; first <= last */
};

struct net_ports {
	uint16_t first, last; /* 0: none */
};

enum net_protocol {
	NET_TCP = 1 << 0,
	NET_UDP = 1 << 1,
};

/* A service of the host that guests may reach: "tcp/22", "udp/5000-5010". */
struct net_service {
	enum net_protocol protocol;
	struct net_ports ports;
};

/* [host NAME]: what one guest always gets. */
struct net_host {
	char *name;
	bool has_mac;
	uint8_t mac[MAC_LEN];
	char *id; /* DHCP client identifier, as hex bytes "01:52:54:…" or text; NULL: none */
	struct net_ip ipv4, ipv6;
	unsigned line;
};

/* [record NAME]: what the DNS knows besides the guests. */
struct net_record {
	char *name;
	struct net_ip addresses[NET_LIST_MAX];
	size_t n_addresses;
	char *txt;        /* NULL: none */
	char *srv_target; /* NULL: none */
	uint16_t srv_port, srv_priority, srv_weight;
	unsigned line;
};

/* [forward NAME]: connections to the host's own address, handed to a guest. */
struct net_forward {
	char *name;
	unsigned protocols;    /* enum net_protocol, at least one */
	struct net_ports port; /* at the host */
	struct net_ip to;
	uint16_t to_port;      /* the first of as many as port has */
	struct net_ip address; /* which of the host's addresses; family 0: all */
	unsigned line;
};

/* Where DNS questions go: domain "" is everything else. */
struct net_forwarder {
	char *domain;
	struct net_ip ip;
	uint16_t port; /* 53 unless given */
};

struct net_config {
	char name[NETNAME_MAX + 1];
	enum net_mode mode;
	char uplink[IFNAME_MAX + 1]; /* "": wherever the default route leads */
	char bridge[IFNAME_MAX + 1];
	bool has_mac;
	uint8_t mac[MAC_LEN];
	uint32_t mtu;
	bool stp;
	bool guests_isolated; /* guests do not reach each other */
	bool start_allowed;   /* network.conf's rules with `start` may start it */
	bool stop_last;       /* goes down when its last port has left */
	unsigned leases_per_port;
	struct net_service services[NET_LIST_MAX];
	size_t n_services;

	struct net_address addresses[NET_ADDRESSES_MAX]; /* both families, as written */
	size_t n_addresses;
	struct net_range dhcp[NET_RANGES_MAX]; /* both families */
	size_t n_dhcp;
	uint32_t lease4, lease6; /* seconds */
	struct net_range nat;    /* family 0: the address of the way out */
	struct net_ports nat_ports;
	bool nat6; /* mode nat translates IPv6 too */
	bool ra;   /* router advertisements */

	bool no_router;       /* DHCP names no router */
	struct net_ip router; /* family 0: the host */
	struct net_ip ntp[NET_NTP_MAX];
	size_t n_ntp;
	char *search[NET_LIST_MAX]; /* domains */
	size_t n_search;
	char *boot_file;           /* NULL: none */
	struct net_ip boot_server; /* family 0: the host */
	char *tftp_root;           /* absolute path; NULL: no TFTP */

	bool dns;     /* answer DNS questions */
	char *domain; /* "" : none */
	struct net_forwarder forwarders[NET_FORWARDERS_MAX];
	size_t n_forwarders; /* 0: the host's resolvers */

	struct net_host *hosts;
	size_t n_hosts;
	struct net_record *records;
	size_t n_records;
	struct net_forward *forwards;
	size_t n_forwards;
};

struct net_config_error {
	unsigned line; /* 0: the file as a whole */
	char text[384];
};

/*
 * Reads text[0..len) as the configuration of the network `name`, which the caller has
 * checked with netname_defect(). 0: *ret is filled in, to be given to net_config_free().
 * -EINVAL: *reterr says what is wrong with which line, and what would be right; *ret is
 * empty. -ENOMEM.
 */
MUST_CHECK NONNULL int net_config_parse(const char *name, const char *text, size_t len,
					struct net_config *ret, struct net_config_error *reterr);

NONNULL void net_config_free(struct net_config *config);

/* Has the network an address of that family? */
NONNULL bool net_config_has(const struct net_config *config, int family);

/* Writes the normal form, which net_config_parse() reads as the same network: malloc'ed,
 * the caller's to free. NULL: no memory. */
MUST_CHECK NONNULL char *net_config_print(const struct net_config *config);

/* Text of an address: "192.168.22.1", "fd00::1". Returns buf. */
#define NET_IP_TEXT_SIZE 46
NONNULL const char *net_ip_format(char buf[NET_IP_TEXT_SIZE], const struct net_ip *ip);

/* Reads text[0..len), the whole of it, as an address of either family. 0 or -EINVAL. */
MUST_CHECK NONNULL int net_ip_parse(const char *text, size_t len, struct net_ip *ret);

/* <0, 0, >0 as memcmp(), of addresses of one family. */
NONNULL int net_ip_compare(const struct net_ip *a, const struct net_ip *b);

/* Is ip in the subnet of address? false: also where the families differ. */
NONNULL bool net_ip_within(const struct net_ip *ip, const struct net_address *address);

/* The subnet's own address: 192.168.22.0 of 192.168.22.1/24. */
NONNULL struct net_ip net_subnet(const struct net_address *address);

#endif
