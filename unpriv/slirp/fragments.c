/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fragments.h"

#include <stdbool.h>
#include <string.h>

#define ETHER_HEAD 14u
#define MORE 0x2000u   /* fragments follow */
#define OFFSET 0x1fffu /* in units of 8 bytes */

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* RFC 1071, of an IP header. */
static unsigned checksum(const uint8_t *ip, size_t head)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < head; i += 2)
		sum += get16(ip + i);
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	return ~sum & 0xffff;
}

/* Bytes of a good header in front of a good packet of at most len bytes; 0: it is none. */
static size_t header(const uint8_t *ip, size_t len)
{
	size_t head;

	if (len < 20 || ip[0] >> 4 != 4)
		return 0;
	head = (size_t)(ip[0] & 15) * 4;
	if (head < 20 || head > len || get16(ip + 2) <= head || get16(ip + 2) > len ||
	    checksum(ip, head) != 0)
		return 0;
	return head;
}

/* Of the same datagram (RFC 791): identification, protocol, and both addresses. */
static bool is_same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a + 4, b + 4, 2) == 0 && a[9] == b[9] && memcmp(a + 12, b + 12, 8) == 0;
}

static struct fragments_datagram *find(struct fragments *f, const uint8_t *ip)
{
	for (size_t i = 0; i < FRAGMENTS_DATAGRAMS; i++)
		if (f->datagram[i].len && is_same(f->datagram[i].frame + ETHER_HEAD, ip))
			return &f->datagram[i];
	return NULL;
}

/* A free place, or that of the one that had no fragment for the longest time. */
static struct fragments_datagram *place(struct fragments *f)
{
	struct fragments_datagram *ret = &f->datagram[0];

	for (size_t i = 0; i < FRAGMENTS_DATAGRAMS; i++) {
		if (f->datagram[i].len == 0)
			return &f->datagram[i];
		if (f->datagram[i].turn < ret->turn)
			ret = &f->datagram[i];
	}
	return ret;
}

/* As if it had come in one piece. */
static void make_whole(struct fragments_datagram *d)
{
	uint8_t *ip = d->frame + ETHER_HEAD;

	put16(ip + 2, (unsigned)(d->len - ETHER_HEAD));
	put16(ip + 6, get16(ip + 6) & ~(MORE | OFFSET));
	put16(ip + 10, 0);
	put16(ip + 10, checksum(ip, (size_t)(ip[0] & 15) * 4));
}

enum fragments_what fragments_add(struct fragments *f, const uint8_t *frame, size_t len,
				  const uint8_t **retframe, size_t *retlen)
{
	const uint8_t *ip = frame + ETHER_HEAD;
	struct fragments_datagram *d;
	size_t head, payload, have;

	if (len < ETHER_HEAD + 20 || get16(frame + 12) != 0x0800 ||
	    (get16(ip + 6) & (MORE | OFFSET)) == 0)
		return FRAGMENTS_NONE;
	head = header(ip, len - ETHER_HEAD);
	if (head == 0)
		return FRAGMENTS_DROPPED;
	payload = get16(ip + 2) - head;
	d = find(f, ip);
	if ((get16(ip + 6) & OFFSET) == 0) {
		/* The first; where there is one already, that was of another datagram. */
		if (!d)
			d = place(f);
		memcpy(d->frame, frame, ETHER_HEAD + head);
		d->len = ETHER_HEAD + head;
	}
	if (!d)
		return FRAGMENTS_DROPPED;
	have = d->len - ETHER_HEAD - (size_t)(d->frame[ETHER_HEAD] & 15) * 4;
	if ((size_t)(get16(ip + 6) & OFFSET) * 8 != have || d->len + payload > sizeof(d->frame) ||
	    ((get16(ip + 6) & MORE) && payload % 8)) {
		d->len = 0;
		return FRAGMENTS_DROPPED;
	}
	memcpy(d->frame + d->len, ip + head, payload);
	d->len += payload;
	d->turn = ++f->turn;
	if (get16(ip + 6) & MORE)
		return FRAGMENTS_KEPT;
	make_whole(d);
	*retframe = d->frame;
	*retlen = d->len;
	d->len = 0;
	return FRAGMENTS_WHOLE;
}
