/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of netgrant-slirp, cut into arguments at each NUL. What must hold: an error
 * is one printable line; what was taken is a network that the library accepts.
 */
#include "fuzz.h"

#include "unpriv/slirp/options.h"

#include <string.h>

#define ARGS_MOST 80

static void check_taken(const struct options *o)
{
	uint32_t mask = ntohl(o->mask.s_addr), net = ntohl(o->net.s_addr);

	MUST(o->ipv4 || o->ipv6);
	MUST(o->mtu >= 1280 && o->mtu <= 65520);
	MUST((net & ~mask) == 0);
	MUST((ntohl(o->host.s_addr) & mask) == net && o->host.s_addr != o->net.s_addr);
	MUST((ntohl(o->dns.s_addr) & mask) == net && o->dns.s_addr != o->host.s_addr);
	MUST((ntohl(o->dhcpstart.s_addr) & mask) == net);
	MUST(((ntohl(o->dhcpstart.s_addr) + 15) & mask) == net);
	MUST(o->forwards <= OPTIONS_FORWARDS && strlen(o->guest) < sizeof(o->guest));
	MUST(o->search[OPTIONS_SEARCH] == NULL);
	MUST(!o->netns || o->tap);
	MUST(!o->bootfile || strlen(o->bootfile) < 128);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "netgrant-slirp";
	char *text = malloc(size + 1), *argv[ARGS_MOST + 1] = {name}, error[OPTIONS_ERROR] = "";
	struct options o;
	int argc = 1;

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	for (size_t at = 0; at < size && argc < ARGS_MOST; at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	if (options_parse(&o, argc, argv, error) < 0) {
		MUST(error[0] && strlen(error) < sizeof(error));
		for (const char *p = error; *p; p++)
			MUST((unsigned char)*p >= 0x20 && *p != 0x7f);
	} else if (!o.help && !o.version) {
		check_taken(&o);
	}
	free(text);
	return 0;
}
