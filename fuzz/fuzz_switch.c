/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The switch's core, against a model that is too simple to be wrong: ports come and go, frames
 * of up to 128 stations arrive, time passes. What must hold: each frame goes where the model
 * says; nothing goes to a port that is not there or not allowed.
 */
#include "fuzz.h"

#include "unpriv/switch/core.h"

#include <stdbool.h>
#include <string.h>

#define PORTS 16
#define STATIONS 128
#define AGE 20

static struct core core;

static struct {
	bool used[PORTS], isolated[PORTS];
	int port[STATIONS]; /* -1: not known */
	uint32_t seen[STATIONS];
} model;

static void start(bool hub)
{
	memset(&core, 0, sizeof(core));
	core_init(&core, hub, AGE, 42);
	memset(&model, 0, sizeof(model));
	for (int i = 0; i < STATIONS; i++)
		model.port[i] = -1;
}

static void toggle_port(unsigned port, bool isolated)
{
	if (model.used[port]) {
		core_remove(&core, port);
		model.used[port] = false;
		for (int i = 0; i < STATIONS; i++)
			if (model.port[i] == (int)port)
				model.port[i] = -1;
		return;
	}
	/* The lowest free number is given. */
	for (port = 0; model.used[port]; port++)
		;
	MUST(core_add(&core, isolated) == (int)port);
	model.used[port] = true;
	model.isolated[port] = isolated;
}

static int wanted(unsigned port, const uint8_t *frame, uint32_t now)
{
	unsigned src = frame[11] % STATIONS, dst = frame[5] % STATIONS;
	int to;

	if (frame[6] & 1)
		return CORE_DROP;
	if (core.hub)
		return CORE_FLOOD;
	model.port[src] = (int)port;
	model.seen[src] = now;
	if (frame[0] & 1)
		return CORE_FLOOD;
	to = model.port[dst];
	if (to < 0 || now - model.seen[dst] > AGE)
		return CORE_FLOOD;
	if (to == (int)port || (model.isolated[port] && model.isolated[to]))
		return CORE_DROP;
	return to;
}

static void send_frame(unsigned port, const uint8_t *data, uint32_t now)
{
	uint8_t bytes[FRAME_MIN] = {0};
	const struct frame frame = {.at = bytes, .len = sizeof(bytes)};
	int to, want;

	if (!model.used[port])
		return;
	bytes[0] = data[0] >> 7;
	bytes[6] = data[1] >> 7;
	bytes[5] = data[0] % STATIONS;
	bytes[11] = data[1] % STATIONS;
	want = wanted(port, bytes, now);
	to = core_forward(&core, port, &frame, now);
	MUST(to == want);
	MUST(to < 0 || core_may_pass(&core, port, (unsigned)to));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t now = 100;
	unsigned ports = 0, sweeps = 0;

	if (size < 1)
		return 0;
	start(data[0] & 1);
	for (size_t i = 1; i + 3 <= size; i += 3) {
		unsigned port = data[i] % PORTS;

		switch (data[i] >> 6) {
		case 0:
			now += data[i + 1];
			if ((data[i + 2] & 1) && sweeps++ < 2)
				stations_expire(&core.stations, now);
			break;
		case 1:
			ports = 0;
			for (int p = 0; p < PORTS; p++)
				ports += model.used[p];
			if (ports < PORTS || model.used[port])
				toggle_port(port, data[i + 1] & 1);
			break;
		default:
			send_frame(port, data + i + 1, now);
		}
	}
	return 0;
}
