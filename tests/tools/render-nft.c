/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * render-nft OPTION...: prints what net_nft_render() makes of a network that the options
 * describe. For tests of the packet filter, which need no configuration file.
 */
#include "network/nft.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MANY 4096

static struct net_config config = {
	.name = "t",
	.mode = NET_NAT,
	.bridge = "ng-t",
	.leases_per_port = 8,
	.lease4 = 3600,
	.dns = true,
};
static struct net_nft_lease leases[MANY];
static struct net_nft_state state = {.leases = leases};
static struct net_host hosts[MANY];
static struct net_forward forwards[MANY];

static _Noreturn void wrong(const char *option)
{
	fprintf(stderr, "render-nft: wrong option '%s'\n", option);
	exit(2);
}

static struct net_ip ip_of(const char *text, const char *option)
{
	struct net_ip ip = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

	if (inet_pton(ip.family, text, &ip.u) != 1)
		wrong(option);
	return ip;
}

/* The part of *text up to the next `at`; *text is left behind it, NULL at the end. */
static char *part(char **text, char at, const char *option)
{
	char *start = *text, *end;

	if (!start)
		wrong(option);
	end = strchr(start, at);
	if (end)
		*end = '\0';
	*text = end ? end + 1 : NULL;
	return start;
}

static uint16_t port_of(const char *text)
{
	return (uint16_t)strtoul(text, NULL, 10);
}

static struct net_ports ports_of(char *text, const char *option)
{
	struct net_ports ports = {.first = port_of(part(&text, '-', option))};

	ports.last = text ? port_of(text) : ports.first;
	return ports;
}

static void copy_name(char *to, const char *from, const char *option)
{
	if (strlen(from) > IFNAME_MAX)
		wrong(option);
	strcpy(to, from);
}

static enum net_mode mode_of(const char *text, const char *option)
{
	static const char *const modes[] = {"nat", "route", "isolated", "open"};

	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (strcmp(text, modes[i]) == 0)
			return (enum net_mode)i;
	wrong(option);
}

/* ADDRESS,MAC[,SECONDS] */
static void add_binding(char *value, bool fixed, const char *option)
{
	struct net_ip ip = ip_of(part(&value, ',', option), option);
	const char *text = part(&value, ',', option);
	uint8_t mac[MAC_LEN];

	if (mac_parse(text, strlen(text), mac) < 0)
		wrong(option);
	if (fixed) {
		struct net_host *host = &hosts[config.n_hosts++];

		host->has_mac = true;
		memcpy(host->mac, mac, MAC_LEN);
		*(ip.family == AF_INET ? &host->ipv4 : &host->ipv6) = ip;
	} else {
		struct net_nft_lease *lease = &leases[state.n_leases++];

		lease->ip = ip.u.v4;
		memcpy(lease->mac, mac, MAC_LEN);
		lease->seconds = value ? (uint32_t)strtoul(value, NULL, 10) : 0;
	}
}

/* tcp|udp|both,PORT[-PORT],TO[,TO-PORT[,ADDRESS]] */
static void add_forward(char *value, const char *option)
{
	struct net_forward *fw = &forwards[config.n_forwards++];
	const char *protocol = part(&value, ',', option);

	fw->protocols = strcmp(protocol, "tcp") == 0   ? NET_TCP
			: strcmp(protocol, "udp") == 0 ? NET_UDP
						       : NET_TCP | NET_UDP;
	fw->port = ports_of(part(&value, ',', option), option);
	fw->to = ip_of(part(&value, ',', option), option);
	fw->to_port = value ? port_of(part(&value, ',', option)) : fw->port.first;
	if (value)
		fw->address = ip_of(value, option);
}

static void add_address(char *value, const char *option)
{
	struct net_address *a = &config.addresses[config.n_addresses++];

	a->ip = ip_of(part(&value, '/', option), option);
	if (!value)
		wrong(option);
	a->prefix = (uint8_t)strtoul(value, NULL, 10);
}

static void set_nat_address(char *value, const char *option)
{
	config.nat.first = ip_of(part(&value, '-', option), option);
	config.nat.last = value ? ip_of(value, option) : config.nat.first;
}

static void add_service(char *value, const char *option)
{
	struct net_service *s = &config.services[config.n_services++];

	s->protocol = strcmp(part(&value, '/', option), "tcp") == 0 ? NET_TCP : NET_UDP;
	s->ports = ports_of(value, option);
}

static void set_flag(const char *name, const char *option)
{
	if (strcmp(name, "isolated-guests") == 0)
		config.guests_isolated = true;
	else if (strcmp(name, "nat6") == 0)
		config.nat6 = true;
	else if (strcmp(name, "stp") == 0)
		config.stp = true;
	else if (strcmp(name, "no-dns") == 0)
		config.dns = false;
	else if (strcmp(name, "tftp") == 0)
		config.tftp_root = (char[]){"/srv"};
	else
		wrong(option);
}

static void set_value(const char *key, char *value, const char *option)
{
	if (strcmp(key, "name") == 0)
		copy_name(config.name, value, option);
	else if (strcmp(key, "bridge") == 0)
		copy_name(config.bridge, value, option);
	else if (strcmp(key, "uplink") == 0)
		copy_name(config.uplink, value, option);
	else if (strcmp(key, "mode") == 0)
		config.mode = mode_of(value, option);
	else if (strcmp(key, "address") == 0)
		add_address(value, option);
	else if (strcmp(key, "nat-address") == 0)
		set_nat_address(value, option);
	else if (strcmp(key, "nat-ports") == 0)
		config.nat_ports = ports_of(value, option);
	else if (strcmp(key, "service") == 0)
		add_service(value, option);
	else if (strcmp(key, "forward") == 0)
		add_forward(value, option);
	else if (strcmp(key, "host") == 0)
		add_binding(value, true, option);
	else if (strcmp(key, "lease") == 0)
		add_binding(value, false, option);
	else if (strcmp(key, "lease-time") == 0)
		config.lease4 = (uint32_t)strtoul(value, NULL, 10);
	else if (strcmp(key, "leases-per-port") == 0)
		config.leases_per_port = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(key, "index") == 0)
		state.bridge_index = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(key, "mac") != 0 || mac_parse(value, strlen(value), state.bridge_mac) < 0)
		wrong(option);
}

int main(int argc, char *argv[])
{
	char *text;

	config.hosts = hosts;
	config.forwards = forwards;
	for (int i = 1; i < argc; i++) {
		char *option = argv[i], *value;

		if (strncmp(option, "--", 2) != 0)
			wrong(option);
		value = strchr(option, '=');
		if (value)
			*value++ = '\0';
		if (value)
			set_value(option + 2, value, option);
		else
			set_flag(option + 2, option);
	}
	if (!state.bridge_index)
		state.bridge_index = if_nametoindex(config.bridge);
	text = net_nft_render(&config, &state);
	if (!text) {
		perror("render-nft");
		return 1;
	}
	fputs(text, stdout);
	free(text);
	return 0;
}
