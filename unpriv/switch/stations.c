/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stations.h"

#define ROWS (STATIONS_MAX / STATIONS_WAYS)

void stations_init(struct stations *s, uint64_t seed, uint32_t age)
{
	memset(s, 0, sizeof(*s));
	s->seed = seed;
	s->age = age;
	for (unsigned i = 0; i < STATIONS_MAX; i++)
		s->table[i].port = STATIONS_NONE;
}

static unsigned row_of(const struct stations *s, uint64_t mac)
{
	uint64_t h = (mac ^ s->seed) * 0x9e3779b97f4a7c15u;

	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9u;
	return (unsigned)(h >> 40) % ROWS;
}

/* Does the entry say something? Not of a port that is gone, and not for ever. */
static bool is_valid(const struct stations *s, const struct station *e, uint32_t now)
{
	return e->port != STATIONS_NONE && e->life == s->life[e->port] && now - e->seen <= s->age;
}

static void release(struct stations *s, struct station *e)
{
	if (e->port != STATIONS_NONE && e->life == s->life[e->port])
		s->count[e->port]--;
	e->port = STATIONS_NONE;
}

static struct station *find(const struct stations *s, uint64_t mac)
{
	const struct station *row = s->table + row_of(s, mac) * STATIONS_WAYS;

	for (unsigned i = 0; i < STATIONS_WAYS; i++)
		if (row[i].mac == mac && row[i].port != STATIONS_NONE)
			return (struct station *)(uintptr_t)&row[i];
	return NULL;
}

void stations_learn(struct stations *s, uint64_t mac, unsigned port, uint32_t now)
{
	struct station *row, *e = find(s, mac);

	if (s->age == 0)
		return;
	if (e && is_valid(s, e, now) && e->port == port) {
		e->seen = now;
		return;
	}
	if (e) { /* it has moved, or is as good as new */
		release(s, e);
		s->version++;
	}
	if (s->count[port] >= STATIONS_A_PORT) {
		s->refused++;
		return;
	}
	row = s->table + row_of(s, mac) * STATIONS_WAYS;
	for (unsigned i = 0; !e && i < STATIONS_WAYS; i++)
		if (!is_valid(s, &row[i], now))
			e = &row[i];
	if (!e) {
		s->refused++;
		return;
	}
	release(s, e);
	e->mac = mac;
	e->port = (uint16_t)port;
	e->life = s->life[port];
	e->seen = now;
	s->count[port]++;
	s->version++;
}

unsigned stations_find(const struct stations *s, uint64_t mac, uint32_t now)
{
	const struct station *e = find(s, mac);

	return e && is_valid(s, e, now) ? e->port : STATIONS_NONE;
}

void stations_forget(struct stations *s, unsigned port)
{
	s->life[port]++;
	s->count[port] = 0;
	s->version++;
}

void stations_expire(struct stations *s, uint32_t now)
{
	for (unsigned i = 0; i < STATIONS_MAX; i++)
		if (s->table[i].port != STATIONS_NONE && !is_valid(s, &s->table[i], now))
			release(s, &s->table[i]);
	s->version++;
}
