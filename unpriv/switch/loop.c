/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One loop, one turn after the other. */
#include "switch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <time.h>

#define EVENTS 128
#define TICK_US 1000000u
#define CHECK_MS 10 /* while somebody waits for somebody */
/* When streams bring this many frames in a turn, two or more each but not many, a moment is left
 * to them (bench, "pairs": nearly half of the processor time of a frame). */
#define GATHER_FRAMES 8u
#define GATHER_LEAST 2u
#define GATHER_MOST 32u
#define GATHER_NS 50000

int loop_watch(struct sw *sw, int fd, struct handler *h, uint32_t events)
{
	struct epoll_event event = {.events = events, .data = {.ptr = h}};

	return epoll_ctl(sw->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static void read_clock(struct sw *sw)
{
	struct timespec now;

	/* It cannot fail (clock_gettime(2)). */
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	sw->now = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	sw->second = (uint32_t)now.tv_sec;
}

int loop_init(struct sw *sw, const struct options *o)
{
	uint64_t seed = 0;

	sw->options = o;
	sw->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (sw->epoll < 0)
		return -errno;
	if (getrandom(&seed, sizeof(seed), 0) < 0)
		return -errno;
	core_init(&sw->core, o->hub, o->age, seed);
	read_clock(sw);
	return input_init(sw);
}

/* Once a second, while there is something to do. */
static void tick(struct sw *sw)
{
	if (sw->capture)
		capture_flush(sw->capture);
	links_retry(sw);
	if (sw->second % 16 == 0)
		stations_expire(&sw->core.stations, sw->second);
	/* A unix datagram peer that was started anew cannot send to a socket that is connected
	 * to the old one (unix_may_send()). */
	for (unsigned i = 0; i < sw->ports; i++) {
		struct port *p = sw->port[i];
		const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

		if (p->connected && !p->heard && connect(p->send_fd, &nobody, sizeof(nobody)) == 0)
			p->connected = false;
		p->heard = false;
	}
}

static int time_to_wait(struct sw *sw)
{
	uint64_t us = dialers_run(sw, TICK_US);

	if (sw->waiting)
		return CHECK_MS;
	/* Nothing to do but for who has a descriptor here. */
	if (!sw->dialers && !sw->resting && !sw->capture && !sw->unix_datagrams)
		return -1;
	return (int)((us + 999) / 1000);
}

void loop_prepare(void)
{
	/* Else the wait in gather() is twice as long (prctl(2): 50 microseconds). */
	(void)prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
}

/*
 * A frame alone in a read costs several times what it costs among others, us and who is waked
 * for it. So under load, and only then, what came has gone out already and the next is waited
 * for, as an interrupt of a network card is. Frames that go there and back, however many pairs
 * do that at once, come one in a read and never meet this; nor does a turn in which a datagram
 * socket or a tap brought something.
 */
static void gather(struct sw *sw)
{
	const struct timespec moment = {.tv_nsec = GATHER_NS};
	unsigned reads = sw->turn.reads, frames = sw->turn.frames;

	if (frames >= GATHER_FRAMES && frames >= GATHER_LEAST * reads &&
	    frames < GATHER_MOST * reads && !sw->turn.hurry)
		(void)ppoll(NULL, 0, &moment, NULL);
	sw->turn.reads = sw->turn.frames = 0;
	sw->turn.hurry = false;
}

void loop_run(struct sw *sw)
{
	struct epoll_event event[EVENTS];
	uint32_t last_tick = sw->second;

	while (!sw->stop) {
		int n = epoll_wait(sw->epoll, event, EVENTS, time_to_wait(sw));

		read_clock(sw);
		for (int i = 0; i < n; i++) {
			struct handler *h = event[i].data.ptr;

			h->event(sw, h, event[i].events);
		}
		output_flush(sw);
		sw->arena_used = 0;
		sw->slots_used = 0;
		gather(sw);
		ports_check(sw);
		if (sw->second != last_tick) {
			last_tick = sw->second;
			tick(sw);
		}
		ports_bury(sw);
	}
}

void loop_end(struct sw *sw)
{
	while (sw->ports > 0) {
		port_kill(sw, sw->port[0]);
		ports_bury(sw);
	}
	links_close(sw);
	if (sw->capture)
		capture_close(sw->capture);
	input_end(sw);
	cleanup_fd_fn(&sw->epoll);
	free(sw);
}
