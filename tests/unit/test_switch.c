/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pure parts of netgrant-switch. */
#include "unpriv/switch/backlog.h"
#include "unpriv/switch/core.h"
#include "unpriv/switch/patience.h"
#include "unpriv/switch/pcapng.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static struct core *new_core(bool hub, uint32_t age)
{
	struct core *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	core_init(c, hub, age, 0x1234567890abcdefu);
	return c;
}

/* A frame from one number to another; 0xffffff is broadcast. */
static int pass(struct core *c, unsigned port, uint32_t src, uint32_t dst, uint32_t now)
{
	uint8_t data[FRAME_MIN] = {0};
	const struct frame frame = {.at = data, .len = sizeof(data)};

	for (unsigned i = 0; i < 3; i++) {
		data[3 + i] = (uint8_t)(dst >> 8 * i);
		data[9 + i] = (uint8_t)(src >> 8 * i);
	}
	if (dst == 0xffffff)
		memset(data, 0xff, 6);
	return core_forward(c, port, &frame, now);
}

static void learns(void)
{
	struct core *c = new_core(false, 300);
	const uint8_t group[FRAME_MIN] = {0, 0, 0, 0, 0, 1, 1};
	const struct frame bad = {.at = group, .len = sizeof(group)};

	for (int i = 0; i < 3; i++)
		CHECK_INT(core_add(c, false), i);
	CHECK_INT(pass(c, 0, 1, 2, 10), CORE_FLOOD);
	CHECK_INT(pass(c, 1, 2, 1, 10), 0);
	CHECK_INT(pass(c, 0, 1, 2, 10), 1);
	CHECK_INT(pass(c, 0, 1, 0xffffff, 10), CORE_FLOOD);
	/* To the port that it came from: it is there already. */
	CHECK_INT(pass(c, 0, 3, 1, 10), CORE_DROP);
	/* Moves. */
	CHECK_INT(pass(c, 2, 2, 1, 11), 0);
	CHECK_INT(pass(c, 0, 1, 2, 11), 2);
	/* Too old; but each that is heard stays. */
	CHECK_INT(pass(c, 2, 2, 0xffffff, 310), CORE_FLOOD);
	CHECK_INT(pass(c, 1, 9, 2, 312), 2);
	CHECK_INT(pass(c, 1, 9, 1, 312), CORE_FLOOD);
	/* A port goes, and its number is another's. */
	core_remove(c, 2);
	CHECK_INT(pass(c, 1, 9, 2, 312), CORE_FLOOD);
	CHECK_INT(core_add(c, false), 2);
	CHECK_INT(pass(c, 1, 9, 2, 312), CORE_FLOOD);
	CHECK_INT(c->ports, 3);
	CHECK_INT(core_forward(c, 0, &bad, 312), CORE_DROP);
	CHECK_INT(c->invalid, 1);
	free(c);
}

static void isolates(void)
{
	struct core *c = new_core(false, 300);

	CHECK_INT(core_add(c, false), 0);
	CHECK_INT(core_add(c, true), 1);
	CHECK_INT(core_add(c, true), 2);
	CHECK(core_may_pass(c, 0, 1) && core_may_pass(c, 1, 0) && !core_may_pass(c, 1, 2));
	CHECK(!core_may_pass(c, 1, 1) && !core_may_pass(c, 0, 3));
	CHECK_INT(pass(c, 1, 1, 2, 1), CORE_FLOOD);
	CHECK_INT(pass(c, 2, 2, 1, 1), CORE_DROP);
	CHECK_INT(pass(c, 0, 3, 1, 1), 1);
	CHECK_INT(pass(c, 1, 1, 3, 1), 0);
	free(c);
}

static void repeats(void)
{
	struct core *c = new_core(true, 300);

	CHECK_INT(core_add(c, false), 0);
	CHECK_INT(core_add(c, false), 1);
	CHECK_INT(pass(c, 0, 1, 2, 1), CORE_FLOOD);
	CHECK_INT(pass(c, 1, 2, 1, 1), CORE_FLOOD);
	CHECK_INT(c->stations.count[0], 0);
	free(c);
}

/* A million addresses on one port: it keeps its share, and nobody else loses one. */
static void is_bounded(void)
{
	struct core *c = new_core(false, 300);
	unsigned found = 0;

	for (int i = 0; i < 3; i++)
		CHECK_INT(core_add(c, false), i);
	for (uint32_t i = 0; i < 100; i++)
		(void)pass(c, 1, 0x800000 + i, 0xffffff, 1);
	for (uint32_t i = 0; i < 1000000; i++)
		(void)pass(c, 0, i, 0xffffff, 1 + i / 100000);
	CHECK_INT(c->stations.count[0], STATIONS_A_PORT);
	CHECK(c->stations.refused >= 1000000 - STATIONS_A_PORT);
	for (uint32_t i = 0; i < 100; i++)
		found += pass(c, 2, 0x900000, 0x800000 + i, 12) == 1;
	CHECK_INT(found, 100);
	/* In time it can learn again. */
	stations_expire(&c->stations, 1000);
	CHECK_INT(c->stations.count[0], 0);
	CHECK_INT(pass(c, 0, 5, 0xffffff, 1000), CORE_FLOOD);
	CHECK_INT(pass(c, 1, 6, 5, 1000), 0);
	free(c);
}

static void port_numbers_end(void)
{
	struct core *c = new_core(false, 300);

	for (int i = 0; i < (int)CORE_PORTS; i++)
		CHECK_INT(core_add(c, false), i);
	CHECK_INT(core_add(c, false), -1);
	core_remove(c, 77);
	CHECK_INT(core_add(c, false), 77);
	free(c);
}

static void backlogs(void)
{
	struct backlog b = {0};
	static uint8_t bytes[70000];
	struct iovec iov[8];
	size_t total = 0, read = 0;
	uint8_t next = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i % 251);
	CHECK(!backlog_first(&b));
	CHECK_INT(backlog_pieces(&b, iov, 8), 0);
	/* Pieces of every size come out as they went in, in other pieces. */
	for (size_t len = 1; len < sizeof(bytes); len = len * 3 + 1) {
		CHECK(backlog_add(&b, bytes, len));
		total += len;
	}
	CHECK_INT(b.bytes, total);
	CHECK(backlog_first(&b) && *backlog_first(&b) == 0);
	for (size_t len = 1; len < sizeof(bytes); len = len * 3 + 1) {
		for (size_t i = 0; i < len; i++) {
			CHECK(backlog_pieces(&b, iov, 8) > 0);
			next = *(const uint8_t *)iov[0].iov_base;
			if (next != i % 251) {
				CHECK_INT(next, i % 251);
				break;
			}
			backlog_sent(&b, 1);
			read++;
		}
	}
	CHECK_INT(read, total);
	CHECK(!b.first && !b.last && b.bytes == 0);
	CHECK(backlog_add(&b, bytes, sizeof(bytes)));
	CHECK(backlog_add(&b, bytes, 5));
	CHECK_INT(backlog_pieces(&b, iov, 1), 1);
	CHECK_INT(backlog_pieces(&b, iov, 8), 2);
	backlog_clear(&b);
	CHECK(!b.first && !b.last && b.bytes == 0);
}

/* Who talks to one may wait for it, who talks to several may not. */
static void flows(void)
{
	struct flow f = {0};

	CHECK_INT(flow_only(&f), -1);
	flow_add(&f, 3, 1000);
	CHECK_INT(flow_only(&f), 3);
	flow_add(&f, FLOW_ALL, 64);
	CHECK_INT(flow_only(&f), 3);
	for (int i = 0; i < 100; i++)
		flow_add(&f, 3, 1500);
	for (int i = 0; i < 100; i++)
		flow_add(&f, 4, 1500);
	CHECK_INT(flow_only(&f), -1);
	for (int i = 0; i < 10000; i++)
		flow_add(&f, 4, 1500);
	CHECK_INT(flow_only(&f), 4);
	for (int i = 0; i < 10000; i++)
		flow_add(&f, i % 2 ? 4 : FLOW_ALL, 1500);
	CHECK_INT(flow_only(&f), FLOW_NONE);
	for (int i = 0; i < 10000; i++)
		flow_add(&f, FLOW_ALL, 1500);
	CHECK_INT(flow_only(&f), FLOW_ALL);
}

static void patience(void)
{
	struct patience p = {0};
	uint64_t now = 5;

	CHECK(patience_begin(&p, now));
	CHECK(patience_goes_on(&p, now + PATIENCE_US - 1));
	/* One that reads earns more, for ever. */
	for (int i = 0; i < 1000; i++) {
		now += PATIENCE_US / 2;
		patience_read(&p, PATIENCE_US / 2 * PATIENCE_RATE, 1000);
		CHECK(patience_goes_on(&p, now));
	}
	/* One that reads drop by drop does not. */
	for (int i = 0; i < 1000 && patience_goes_on(&p, now); i++) {
		now += PATIENCE_US / 10;
		patience_read(&p, 1, 1000);
	}
	CHECK(p.given_up);
	CHECK(!patience_begin(&p, now + 100));
	CHECK(!patience_begin(&p, now + 1000 * (uint64_t)PATIENCE_US));
	patience_read(&p, 500 * 1000, 1000);
	CHECK(!patience_begin(&p, now));
	/* Not before it has read all, and then for as long as it has earned. */
	patience_read(&p, 500 * 1000, 0);
	CHECK(patience_begin(&p, now));
	patience_end(&p, now + 1000);
	CHECK(patience_begin(&p, now + 100 * (uint64_t)PATIENCE_US));
}

static void captures(void)
{
	uint8_t buf[PCAPNG_PACKET_MAX(FRAME_MAX)];
	char name[400];
	static uint8_t data[FRAME_MAX];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK(pcapng_section(buf) <= PCAPNG_HEAD_MAX);
	for (size_t len = 0; len < 400; len += 57) {
		uint32_t first, last;
		size_t n = pcapng_interface(buf, name + sizeof(name) - 1 - len);

		CHECK(n <= PCAPNG_INTERFACE_MAX && n % 4 == 0);
		memcpy(&first, buf + 4, 4);
		memcpy(&last, buf + n - 4, 4);
		CHECK(first == n && last == n);
	}
	for (uint32_t len = FRAME_MIN; len <= FRAME_MAX; len = len < 30 ? len + 1 : len * 2) {
		size_t n = pcapng_packet(buf, 7, 1234567890123456, data, len);
		uint32_t first, last;

		CHECK(n <= PCAPNG_PACKET_MAX(len) && n % 4 == 0);
		memcpy(&first, buf + 4, 4);
		memcpy(&last, buf + n - 4, 4);
		CHECK(first == n && last == n);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"a switch learns, forgets, and knows when one moves", learns, false},
		{"isolated ports", isolates, false},
		{"a hub repeats", repeats, false},
		{"a million addresses take nobody's place", is_bounded, false},
		{"port numbers come to an end", port_numbers_end, false},
		{"a backlog gives back what it got", backlogs, false},
		{"whom a sender may wait for", flows, false},
		{"how long a sender waits", patience, false},
		{"blocks of a capture", captures, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}
