/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "merge.h"

#include <string.h>

#define ETHER_HEAD 14
#define TCP 6
#define TCP_ACK 0x10
#define TCP_PSH 0x08

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* RFC 1071; len is even. */
static uint32_t sum(const uint8_t *p, size_t len)
{
	uint32_t total = 0;

	for (size_t i = 0; i < len; i += 2)
		total += get16(p + i);
	return total;
}

static uint32_t fold(uint32_t total)
{
	total = (total & 0xffff) + (total >> 16);
	return (total & 0xffff) + (total >> 16);
}

/* A segment that may be merged: where its parts are. */
struct segment {
	const uint8_t *ip, *tcp;
	size_t head, len; /* of the frame: before the payload, and all but padding */
	bool ipv6;
};

static bool take_ipv4(const uint8_t *frame, size_t len, struct segment *ret)
{
	const uint8_t *ip = frame + ETHER_HEAD;
	size_t total;

	if (len < ETHER_HEAD + 40 || ip[0] != 0x45 || ip[9] != TCP || (get16(ip + 6) & 0x3fff))
		return false;
	total = get16(ip + 2);
	/* The header is written anew: a wrong one must not become right. */
	if (total < 40 || ETHER_HEAD + total > len || fold(sum(ip, 20)) != 0xffff)
		return false;
	*ret = (struct segment){.ip = ip, .tcp = ip + 20, .len = ETHER_HEAD + total};
	return true;
}

static bool take_ipv6(const uint8_t *frame, size_t len, struct segment *ret)
{
	const uint8_t *ip = frame + ETHER_HEAD;
	size_t total;

	if (len < ETHER_HEAD + 60 || ip[0] >> 4 != 6 || ip[6] != TCP)
		return false;
	total = 40 + get16(ip + 4);
	if (total < 60 || ETHER_HEAD + total > len)
		return false;
	*ret = (struct segment){.ip = ip, .tcp = ip + 40, .len = ETHER_HEAD + total, .ipv6 = true};
	return true;
}

static bool take(const uint8_t *frame, size_t len, struct segment *ret)
{
	uint32_t type = get16(frame + 12);

	if (!(type == 0x0800   ? take_ipv4(frame, len, ret)
	      : type == 0x86dd ? take_ipv6(frame, len, ret)
			       : false))
		return false;
	/* No options, data, and no flag that means something at one place of the stream. */
	ret->head = (size_t)(ret->tcp - frame) + 20;
	return ret->tcp[12] >> 4 == 5 && (ret->tcp[13] & ~TCP_PSH) == TCP_ACK &&
	       ret->len > ret->head;
}

/* Of the pseudo header, for tcp_len bytes of TCP. */
static uint32_t pseudo_sum(const struct segment *s, size_t tcp_len)
{
	return (s->ipv6 ? sum(s->ip + 8, 32) : sum(s->ip + 12, 8)) + TCP + (uint32_t)tcp_len;
}

/* Of the payload, by what the checksum says it is. */
static uint32_t payload_sum(const struct segment *s)
{
	size_t tcp_len = s->len - s->head + 20;

	return ~fold(pseudo_sum(s, tcp_len) + sum(s->tcp, 20)) & 0xffff;
}

/* Is s of the same connection, and in every field as what is held but for those that differ
 * between two segments that follow each other? */
static bool goes_on(const struct merge *m, const struct segment *s, const uint8_t *frame)
{
	size_t ip = ETHER_HEAD, tcp = m->head - 20;

	if (s->ipv6 != m->ipv6 || s->head != m->head || get32(s->tcp + 4) != m->next ||
	    memcmp(frame, m->first, ETHER_HEAD) != 0)
		return false;
	/* Traffic class, time to live, addresses; ports, acknowledgement, window. */
	if (s->ipv6 ? memcmp(s->ip, m->first + ip, 4) || memcmp(s->ip + 6, m->first + ip + 6, 34)
		    : memcmp(s->ip, m->first + ip, 2) || s->ip[8] != m->first[ip + 8] ||
			      memcmp(s->ip + 12, m->first + ip + 12, 8))
		return false;
	return memcmp(s->tcp, m->first + tcp, 4) == 0 &&
	       memcmp(s->tcp + 8, m->first + tcp + 8, 4) == 0 &&
	       memcmp(s->tcp + 14, m->first + tcp + 14, 2) == 0;
}

static void begin(struct merge *m, const uint8_t *frame, const struct segment *s)
{
	m->first = frame;
	m->first_len = m->len = s->len;
	m->head = s->head;
	m->ipv6 = s->ipv6;
	m->payload = payload_sum(s);
	m->flags = s->tcp[13];
	m->next = get32(s->tcp + 4) + (uint32_t)(s->len - s->head);
}

bool merge_add(struct merge *m, const uint8_t *frame, size_t len)
{
	struct segment s;
	size_t data;

	if (len < ETHER_HEAD || !take(frame, len, &s))
		return false;
	if (!m->first) {
		begin(m, frame, &s);
		return true;
	}
	data = s.len - s.head;
	/* A sum of bytes goes on only at an even place. */
	if ((m->len - m->head) % 2 || m->len + data > ETHER_HEAD + 65535 || !goes_on(m, &s, frame))
		return false;
	if (m->len == m->first_len)
		memcpy(m->buf, m->first, m->len);
	memcpy(m->buf + m->len, frame + s.head, data);
	m->len += data;
	m->payload = fold(m->payload + payload_sum(&s));
	m->flags |= s.tcp[13];
	m->next += (uint32_t)data;
	return true;
}

static void write_heads(struct merge *m)
{
	uint8_t *ip = m->buf + ETHER_HEAD, *tcp = m->buf + m->head - 20;
	size_t tcp_len = m->len - m->head + 20;
	const struct segment whole = {.ip = ip, .ipv6 = m->ipv6};

	if (m->ipv6) {
		put16(ip + 4, (uint32_t)tcp_len);
	} else {
		put16(ip + 2, (uint32_t)(m->len - ETHER_HEAD));
		put16(ip + 10, 0);
		put16(ip + 10, ~fold(sum(ip, 20)));
	}
	tcp[13] = m->flags;
	put16(tcp + 16, 0);
	put16(tcp + 16, ~fold(pseudo_sum(&whole, tcp_len) + sum(tcp, 20) + m->payload));
}

const uint8_t *merge_take(struct merge *m, size_t *retlen)
{
	const uint8_t *frame = m->first;

	*retlen = m->len;
	if (m->len != m->first_len) {
		write_heads(m);
		frame = m->buf;
	}
	m->first = NULL;
	return frame;
}
