/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unpriv/slirp/guard.h"

#include "test.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define SYN 0x02
#define ACK 0x10

static struct guard guard;

/* QEMU's network. */
static void begin(bool loopback)
{
	memset(&guard, 0, sizeof(guard));
	guard.loopback = loopback;
	inet_pton(AF_INET, "10.0.2.2", guard.host);
	memcpy(guard.net6, "\xfe\xc0\0\0\0\0\0\0", 8);
	inet_pton(AF_INET6, "fec0::2", guard.host6);
	inet_pton(AF_INET6, "fec0::3", guard.dns6);
}

struct packet {
	uint8_t at[128];
	size_t len;
	size_t payload; /* where it begins */
};

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* From the guest, or with `back` to it, between `address` and the guest. */
static struct packet packet(const char *address, unsigned protocol, unsigned from, unsigned to,
			    unsigned flags, bool back)
{
	bool v6 = strchr(address, ':') != NULL;
	struct packet p = {.payload = 14 + (v6 ? 40 : 20)};
	uint8_t *ip = p.at + 14;

	put16(p.at + 12, v6 ? 0x86dd : 0x0800);
	ip[0] = v6 ? 0x60 : 0x45;
	ip[v6 ? 6 : 9] = (uint8_t)protocol;
	inet_pton(v6 ? AF_INET6 : AF_INET, address, ip + (v6 ? (back ? 8 : 24) : (back ? 12 : 16)));
	put16(p.at + p.payload, from);
	put16(p.at + p.payload + 2, to);
	if (protocol == 6)
		p.at[p.payload + 13] = (uint8_t)flags;
	p.len = p.payload + (protocol == 6 ? 20 : 8);
	return p;
}

static bool allows(const struct packet *p)
{
	return guard_allows(&guard, p->at, p->len);
}

static bool tcp(const char *address, unsigned flags)
{
	struct packet p = packet(address, 6, 1000, 22, flags, false);

	return allows(&p);
}

static bool udp(const char *address, unsigned from, unsigned to)
{
	struct packet p = packet(address, 17, from, to, 0, false);

	return allows(&p);
}

static const char *const own[] = {
	"127.0.0.1", "127.255.255.255", "0.0.0.0",          "0.1.2.3",         "::",
	"::1",       "::127.0.0.1",     "::ffff:127.0.0.1", "::ffff:10.0.0.1",
};
static const char *const alias[] = {
	"10.0.2.2", "255.255.255.255", "fec0::2", "fec0::5", "ff02::1",
};
static const char *const world[] = {
	"10.0.2.3", "10.0.2.4", "192.0.2.1", "128.0.0.1", "fec0::3", "fec0:0:0:1::2", "2001:db8::1",
};

static void reaches_the_world(void)
{
	begin(false);
	for (size_t i = 0; i < ARRAY_LEN(world); i++) {
		test_case("%s", world[i]);
		CHECK(tcp(world[i], SYN));
		CHECK(tcp(world[i], ACK));
		CHECK(udp(world[i], 1000, 53));
	}
}

static void names_of_its_own(void)
{
	begin(false);
	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		test_case("%s", own[i]);
		CHECK(!tcp(own[i], SYN));
		CHECK(!tcp(own[i], ACK));
		CHECK(!udp(own[i], 1000, 53));
		CHECK(!udp(own[i], 1000, 69));
	}
}

static void names_of_the_librarys(void)
{
	begin(false);
	for (size_t i = 0; i < ARRAY_LEN(alias); i++) {
		test_case("%s", alias[i]);
		CHECK(!tcp(alias[i], SYN));
		CHECK(!tcp(alias[i], SYN | 0x08));
		CHECK(!tcp(alias[i], SYN | 0x01));
		/* What belongs to a connection that came in. */
		CHECK(tcp(alias[i], SYN | ACK));
		CHECK(tcp(alias[i], ACK));
		CHECK(tcp(alias[i], 0x04));
		CHECK(!udp(alias[i], 1000, 53));
		CHECK(!udp(alias[i], 1000, 1000));
	}
}

static void services_of_the_librarys(void)
{
	begin(false);
	CHECK(udp("10.0.2.2", 68, 67));
	CHECK(udp("255.255.255.255", 68, 67));
	CHECK(udp("10.0.2.2", 1000, 69));
	CHECK(udp("fec0::2", 1000, 69));
	CHECK(udp("fec0::2", 546, 547));
	CHECK(udp("ff02::1:2", 546, 547));
	/* Those that would go on to the loopback. */
	CHECK(!udp("255.255.255.255", 1000, 69));
	CHECK(!udp("fec0::5", 1000, 69));
	CHECK(!udp("ff02::1", 1000, 69));
	CHECK(!udp("fec0::2", 68, 67));
	CHECK(!udp("fec0::5", 546, 547));
	CHECK(!udp("10.0.2.2", 546, 547));
}

static void answers(void)
{
	const char *const hosts[] = {"10.0.2.2", "fec0::2"};

	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		struct packet in = packet(hosts[i], 17, 40000, 53, 0, true);

		test_case("%s", hosts[i]);
		begin(false);
		CHECK(!udp(hosts[i], 53, 40000));
		guard_note(&guard, in.at, in.len);
		CHECK(udp(hosts[i], 53, 40000));
		CHECK(!udp(hosts[i], 53, 40001));
		CHECK(!udp(hosts[i], 54, 40000));
		CHECK(!udp(hosts[!i], 53, 40000));
		/* One that came twice takes one place; what is old gives way. */
		for (unsigned k = 0; k < 2 * GUARD_PEERS; k++)
			guard_note(&guard, in.at, in.len);
		CHECK_INT(guard.next, 1);
		for (unsigned k = 0; k < GUARD_PEERS; k++) {
			struct packet other = packet(hosts[i], 17, 1 + k, 53, 0, true);

			guard_note(&guard, other.at, other.len);
		}
		CHECK(!udp(hosts[i], 53, 40000));
		CHECK(udp(hosts[i], 53, 1));
	}
}

/* Only what comes from the loopback may be answered there. */
static void answers_of_others(void)
{
	struct packet in = packet("192.0.2.1", 17, 40000, 53, 0, true);

	begin(false);
	guard_note(&guard, in.at, in.len);
	in = packet("10.0.2.2", 6, 40000, 53, SYN, true);
	guard_note(&guard, in.at, in.len);
	CHECK_INT(guard.next, 0);
	CHECK(!udp("10.0.2.2", 53, 40000));
}

static void fragments(void)
{
	struct packet p = packet("10.0.2.2", 6, 1000, 22, ACK, false);

	begin(false);
	CHECK(allows(&p));
	p.at[14 + 6] = 0x20; /* more to come */
	CHECK(!allows(&p));
	p.at[14 + 6] = 0;
	p.at[14 + 7] = 1; /* a later one */
	CHECK(!allows(&p));
	p = packet("10.0.2.2", 1, 0, 0, 0, false);
	p.at[14 + 6] = 0x20;
	CHECK(!allows(&p));
	/* Elsewhere they may. */
	p = packet("192.0.2.1", 17, 1000, 53, 0, false);
	p.at[14 + 6] = 0x20;
	CHECK(allows(&p));
}

/* The flags are where the library looks: behind the options. */
static void options_of_ip(void)
{
	struct packet p = packet("10.0.2.2", 6, 1000, 22, SYN, false);

	begin(false);
	memmove(p.at + 38, p.at + 34, 20);
	memset(p.at + 34, 1, 4);
	p.at[14] = 0x46;
	p.len += 4;
	CHECK(!allows(&p));
	p.at[38 + 13] = ACK;
	CHECK(allows(&p));
	p.at[14] = 0x44;
	CHECK(!allows(&p));
	p.at[14] = 0x4f;
	CHECK(!allows(&p));
}

/* Exactly as many bytes as there are, for the sanitizers. */
static void cut_anywhere(void)
{
	const char *const to[] = {"10.0.2.2", "192.0.2.1", "fec0::2", "2001:db8::1"};

	begin(false);
	for (size_t i = 0; i < ARRAY_LEN(to); i++)
		for (unsigned protocol = 6; protocol <= 17; protocol += 11) {
			struct packet p = packet(to[i], protocol, 1000, 22, SYN, false);

			for (size_t len = 0; len <= p.len; len++) {
				uint8_t *copy = malloc(len + !len);

				memcpy(copy, p.at, len);
				test_case("%s, %zu bytes", to[i], len);
				if (i % 2 == 0 || len < p.payload)
					CHECK(!guard_allows(&guard, copy, len));
				guard_note(&guard, copy, len);
				free(copy);
			}
		}
}

static void other_protocols(void)
{
	struct packet p = packet("10.0.2.2", 1, 0, 0, 0, false);

	begin(false);
	CHECK(allows(&p));
	put16(p.at + 12, 0x0806);
	CHECK(allows(&p));
	put16(p.at + 12, 0x88f8);
	CHECK(!allows(&p));
	put16(p.at + 12, 0x8100);
	CHECK(!allows(&p));
}

static void allowed(void)
{
	begin(true);
	CHECK(tcp("10.0.2.2", SYN));
	CHECK(tcp("127.0.0.1", SYN));
	CHECK(udp("fec0::2", 1000, 1000));
}

int main(void)
{
	static const struct test tests[] = {
		{"the world is open", reaches_the_world, false},
		{"the loopback's own addresses are not", names_of_its_own, false},
		{"nor are the library's names for it", names_of_the_librarys, false},
		{"DHCP and TFTP end in the library", services_of_the_librarys, false},
		{"what came from the loopback may be answered", answers, false},
		{"what came from elsewhere may not be answered there", answers_of_others, false},
		{"no fragments to the loopback", fragments, false},
		{"options of IP hide nothing", options_of_ip, false},
		{"frames that are too short", cut_anywhere, false},
		{"other protocols", other_protocols, false},
		{"--allow-host-loopback", allowed, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}
