/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dhcp6 DEVICE DUID [NAME]: asks for an address by DHCPv6, with that DUID (hex digits) and
 * name, and prints what came: "fd00:22::10", or "none". Needs root. */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ATTEMPTS 5

enum {
	SOLICIT = 1,
	REQUEST = 3,
	OPTION_CLIENT = 1,
	OPTION_SERVER,
	OPTION_IA_NA,
	OPTION_IAADDR = 5,
	OPTION_FQDN = 39
};

struct message {
	uint8_t bytes[8192];
	size_t len;
};

static void option(struct message *m, uint16_t code, const uint8_t *data, size_t len)
{
	uint8_t head[4] = {(uint8_t)(code >> 8), (uint8_t)code, (uint8_t)(len >> 8), (uint8_t)len};

	if (m->len + 4 + len > sizeof(m->bytes))
		exit(2);
	memcpy(m->bytes + m->len, head, 4);
	if (len)
		memcpy(m->bytes + m->len + 4, data, len);
	m->len += 4 + len;
}

static const uint8_t *find(const uint8_t *p, size_t len, uint16_t code, size_t *retlen)
{
	while (len >= 4) {
		size_t n = (size_t)(p[2] << 8 | p[3]);

		if (4 + n > len)
			break;
		if ((p[0] << 8 | p[1]) == code) {
			*retlen = n;
			return p + 4;
		}
		p += 4 + n;
		len -= 4 + n;
	}
	return NULL;
}

/* Sends and waits for the answer with that transaction number. */
static int ask(int fd, unsigned device, const struct message *m, struct message *ret)
{
	struct sockaddr_in6 to = {
		.sin6_family = AF_INET6, .sin6_port = htons(547), .sin6_scope_id = device};
	ssize_t n;

	if (inet_pton(AF_INET6, "ff02::1:2", &to.sin6_addr) != 1)
		return -1;
	for (int i = 0; i < ATTEMPTS; i++) {
		if (sendto(fd, m->bytes, m->len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			return -1;
		do
			n = recv(fd, ret->bytes, sizeof(ret->bytes), 0);
		while (n >= 4 && memcmp(ret->bytes + 1, m->bytes + 1, 3) != 0);
		if (n >= 4) {
			ret->len = (size_t)n;
			return 0;
		}
	}
	return -1;
}

static void message(struct message *m, uint8_t type, const struct message *duid, const char *name)
{
	uint8_t fqdn[70] = {1};
	size_t len = name ? strlen(name) : 0;

	*m = (struct message){.bytes = {type, 0x11, 0x22, type}, .len = 4};
	option(m, OPTION_CLIENT, duid->bytes, duid->len);
	if (len && len < 64) {
		fqdn[1] = (uint8_t)len;
		memcpy(fqdn + 2, name, len);
		option(m, OPTION_FQDN, fqdn, len + 2);
	}
}

static void read_duid(const char *hex, struct message *ret)
{
	for (; hex[0] && hex[1] && ret->len < sizeof(ret->bytes); hex += 2) {
		unsigned byte;

		if (sscanf(hex, "%2x", &byte) != 1)
			exit(2);
		ret->bytes[ret->len++] = (uint8_t)byte;
	}
}

static int talk(int fd, unsigned device, const struct message *duid, const char *name)
{
	static const uint8_t ia[12] = {0, 0, 0, 7};
	struct message out, in;
	const uint8_t *server, *leased, *address;
	char text[INET6_ADDRSTRLEN];
	size_t server_len, ia_len, len;

	message(&out, SOLICIT, duid, name);
	option(&out, OPTION_IA_NA, ia, sizeof(ia));
	if (ask(fd, device, &out, &in) < 0)
		return -1;
	server = find(in.bytes + 4, in.len - 4, OPTION_SERVER, &server_len);
	leased = find(in.bytes + 4, in.len - 4, OPTION_IA_NA, &ia_len);
	if (!server || !leased)
		return -1;
	message(&out, REQUEST, duid, name);
	option(&out, OPTION_SERVER, server, server_len);
	option(&out, OPTION_IA_NA, leased, ia_len);
	if (ask(fd, device, &out, &in) < 0)
		return -1;
	leased = find(in.bytes + 4, in.len - 4, OPTION_IA_NA, &ia_len);
	address =
		leased && ia_len > 12 ? find(leased + 12, ia_len - 12, OPTION_IAADDR, &len) : NULL;
	if (!address || len < 16)
		return -1;
	printf("%s\n", inet_ntop(AF_INET6, address, text, sizeof(text)));
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in6 from = {.sin6_family = AF_INET6, .sin6_port = htons(546)};
	struct timeval patience = {.tv_sec = 3};
	struct message duid = {.len = 0};
	unsigned device = argc >= 3 ? if_nametoindex(argv[1]) : 0;
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!device || fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0) {
		perror("dhcp6 DEVICE DUID [NAME]");
		return 2;
	}
	read_duid(argv[2], &duid);
	if (talk(fd, device, &duid, argc > 3 ? argv[3] : NULL) < 0)
		printf("none\n");
	return 0;
}
