/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ports of netgrant-switch, with sockets, and with a time that the test makes. */
#include "unpriv/switch/switch.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define STREAMS 60
#define ARENA (1u << 20) /* memory for the reads of a turn */
#define READ (128u * 1024 + FRAME_HEAD)

static const struct options options = {.age = 300, .queue = 512 * 1024};

static struct sw *new_switch(void)
{
	struct sw *sw = calloc(1, sizeof(*sw));

	if (!sw || loop_init(sw, &options) < 0)
		abort();
	return sw;
}

/* A stream; its other end, which can be sent a read's worth and a frame at once, is *retpeer. */
static struct port *new_port(struct sw *sw, int *retpeer)
{
	struct endpoint_open open = {.what = ENDPOINT_STREAM, .send_fd = -1};
	int pair[2], size = 1 << 20;
	struct port *p;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		abort();
	(void)setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	open.fd = pair[0];
	p = port_new(sw, &open, NULL, "p");
	if (!p)
		abort();
	*retpeer = pair[1];
	return p;
}

/* From a group address: it is counted, and goes nowhere. */
static size_t put_frame(uint8_t *at, uint32_t len)
{
	memset(at, 0, FRAME_HEAD + len);
	framing_head(at, len);
	at[FRAME_HEAD + 6] = 1;
	return FRAME_HEAD + len;
}

static void send_all(int peer, const uint8_t *bytes, size_t len)
{
	CHECK_INT(send(peer, bytes, len, MSG_NOSIGNAL), len);
}

/* In one turn each stream is read once: the first so many bring a read's worth, and the last of
 * them less; the others the rest of a frame, too. */
static void read_streams(unsigned first)
{
	static uint8_t big[FRAME_HEAD + FRAME_MAX], full[READ];
	const size_t half = put_frame(full, READ / 2 - FRAME_HEAD), begun = 14;
	struct sw *sw = new_switch();
	struct port *port[STREAMS];
	int peer[STREAMS];

	(void)put_frame(full + half, READ / 2 - FRAME_HEAD);
	(void)put_frame(big, FRAME_MAX);
	for (unsigned i = 0; i < STREAMS; i++) {
		port[i] = new_port(sw, &peer[i]);
		if (i >= first) {
			send_all(peer[i], big, begun);
			input_event(sw, &port[i]->handler, EPOLLIN);
			send_all(peer[i], big + begun, sizeof(big) - begun);
		}
		send_all(peer[i], full, i + 1 == first ? half : READ);
	}
	sw->arena_used = 0;
	for (unsigned i = 0; i < STREAMS; i++) {
		input_event(sw, &port[i]->handler, EPOLLIN);
		CHECK(sw->arena_used <= ARENA);
		CHECK(!port[i]->dead);
		CHECK_INT(port[i]->n.in_frames, i + 1 == first ? 1 : i < first ? 2 : 3);
		close(peer[i]);
	}
	loop_end(sw);
}

static void reads(void)
{
	read_streams(0);
	/* A read's worth is left, and not much more, when the first comes that brings more. */
	read_streams(7);
}

/* a waits for b, and ends; b is given what it had spent until then, and no more. */
static void waits(void)
{
	static const uint8_t bytes[256 * 1024];
	struct sw *sw = new_switch();
	int peer[3];
	struct port *a = new_port(sw, &peer[0]), *b = new_port(sw, &peer[1]),
		    *c = new_port(sw, &peer[2]);

	flow_add(&a->flow, (int)b->id, 1000);
	flow_add(&c->flow, (int)b->id, 1000);
	CHECK(backlog_add(&b->out, bytes, sizeof(bytes)));
	CHECK_INT(port_room(sw, a), 0);
	CHECK_INT(b->waiters, 1);
	sw->now += PATIENCE_US / 2;
	port_kill(sw, a);
	ports_bury(sw);
	CHECK_INT(b->waiters, 0);
	CHECK_INT(sw->waiting, 0);
	CHECK_INT(b->patience.spent, PATIENCE_US / 2);
	sw->now += 10 * (uint64_t)PATIENCE_US;
	CHECK_INT(port_room(sw, c), 0);
	CHECK_INT(b->waiters, 1);
	CHECK_INT(b->patience.spent, PATIENCE_US / 2);
	for (unsigned i = 0; i < 3; i++)
		close(peer[i]);
	loop_end(sw);
}

int main(void)
{
	static const struct test tests[] = {
		{"the reads of a turn stay in their memory", reads, false},
		{"nobody waits any more for whom the last waited who has ended", waits, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}
