/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unpriv/slirp/fragments.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static struct fragments held;
static uint8_t data[65536];

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Byte by byte, unlike what is tested. */
static unsigned sum(const uint8_t *p, size_t len)
{
	unsigned total = 0;

	for (size_t i = 0; i < len; i++)
		total += i % 2 ? p[i] : (unsigned)p[i] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

struct frame {
	size_t len;
	uint8_t at[14 + 65535];
};

/* The bytes from..from+len of a datagram, whose header is of 20 + options bytes. */
static struct frame *fragment(unsigned id, size_t from, size_t len, bool more, size_t options)
{
	static struct frame f;
	uint8_t *ip = f.at + 14;

	memset(f.at, 0, 14 + 60);
	memcpy(f.at, "\x52\x55\x0a\0\2\2\x52\x54\0\0\0\1\x08", 13);
	ip[0] = (uint8_t)(0x45 + options / 4);
	put16(ip + 2, (unsigned)(20 + options + len));
	put16(ip + 4, id);
	put16(ip + 6, (more ? 0x2000u : 0) | (unsigned)(from / 8));
	ip[8] = 64;
	ip[9] = 17;
	memcpy(ip + 12, "\x0a\0\2\x0f\x0a\0\2\2", 8);
	memset(ip + 20, 1, options);
	put16(ip + 10, ~sum(ip, 20 + options));
	memcpy(ip + 20 + options, data + from, len);
	f.len = 14 + 20 + options + len;
	return &f;
}

static enum fragments_what add(const struct frame *f, const uint8_t **ret, size_t *len)
{
	/* Exactly as long, for the sanitizers. */
	uint8_t *copy = malloc(f->len);
	enum fragments_what what;

	memcpy(copy, f->at, f->len);
	what = fragments_add(&held, copy, f->len, ret, len);
	free(copy);
	return what;
}

static enum fragments_what give(const struct frame *f)
{
	const uint8_t *frame;
	size_t len;

	return add(f, &frame, &len);
}

/* Gives the last one: is the whole what it should be? */
static void ends(const struct frame *f, size_t bytes, size_t options)
{
	const uint8_t *frame = NULL;
	size_t len = 0, head = 20 + options;

	CHECK_INT(add(f, &frame, &len), FRAGMENTS_WHOLE);
	if (!frame || !CHECK_INT(len, 14 + head + bytes))
		return;
	CHECK_INT(frame[16] << 8 | frame[17], head + bytes);
	CHECK_INT((frame[20] << 8 | frame[21]) & 0x3fff, 0);
	CHECK_INT(sum(frame + 14, head), 0xffff);
	CHECK(memcmp(frame + 14 + head, data, bytes) == 0);
}

static void setup(void)
{
	memset(&held, 0, sizeof(held));
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
}

static void in_order(void)
{
	setup();
	for (size_t options = 0; options <= 40; options += 20) {
		CHECK_INT(give(fragment(1, 0, 1480, true, options)), FRAGMENTS_KEPT);
		CHECK_INT(give(fragment(1, 1480, 1480, true, 0)), FRAGMENTS_KEPT);
		ends(fragment(1, 2960, 3, false, 0), 2963, options);
	}
	/* Nothing is left of it. */
	CHECK_INT(give(fragment(1, 2960, 3, false, 0)), FRAGMENTS_DROPPED);
}

static void others(void)
{
	static const uint8_t arp[60] = {[12] = 8, [13] = 6, [20] = 0x20};
	const uint8_t *frame;
	size_t len;
	struct frame *f;

	setup();
	CHECK_INT(give(fragment(1, 0, 100, false, 0)), FRAGMENTS_NONE);
	CHECK_INT(fragments_add(&held, arp, sizeof(arp), &frame, &len), FRAGMENTS_NONE);
	f = fragment(1, 0, 1480, true, 0);
	for (size_t cut = 0; cut < 34; cut++) {
		f->len = cut;
		CHECK_INT(give(f), FRAGMENTS_NONE);
	}
	/* "Do not fragment" is no fragment. */
	f = fragment(1, 0, 100, false, 0);
	f->at[20] = 0x40;
	CHECK_INT(give(f), FRAGMENTS_NONE);
}

/* What libslirp's own reassembly does not survive. */
static void out_of_order(void)
{
	setup();
	CHECK_INT(give(fragment(1, 8, 120, false, 0)), FRAGMENTS_DROPPED);
	CHECK_INT(give(fragment(1, 120, 120, false, 0)), FRAGMENTS_DROPPED);
	CHECK_INT(give(fragment(1, 0, 120, true, 0)), FRAGMENTS_KEPT);
	/* One is missing: the rest is of no use. */
	CHECK_INT(give(fragment(1, 240, 120, false, 0)), FRAGMENTS_DROPPED);
	CHECK_INT(give(fragment(1, 120, 120, false, 0)), FRAGMENTS_DROPPED);
	/* It begins again. */
	CHECK_INT(give(fragment(1, 0, 120, true, 0)), FRAGMENTS_KEPT);
	CHECK_INT(give(fragment(1, 0, 160, true, 0)), FRAGMENTS_KEPT);
	ends(fragment(1, 160, 5, false, 0), 165, 0);
}

static void bad_ones(void)
{
	struct frame *f;

	setup();
	CHECK_INT(give(fragment(1, 0, 121, true, 0)), FRAGMENTS_DROPPED); /* no multiple of 8 */
	CHECK_INT(give(fragment(1, 0, 0, true, 0)), FRAGMENTS_DROPPED);
	f = fragment(1, 0, 120, true, 0);
	f->at[24] ^= 1; /* the checksum */
	CHECK_INT(give(f), FRAGMENTS_DROPPED);
	f = fragment(1, 0, 120, true, 0);
	f->len--; /* shorter than it says */
	CHECK_INT(give(f), FRAGMENTS_DROPPED);
	f = fragment(1, 0, 120, true, 0);
	f->at[14] = 0x44;
	CHECK_INT(give(f), FRAGMENTS_DROPPED);
	f = fragment(1, 0, 8, true, 0);
	f->at[14] = 0x4f; /* a header that is longer than the packet */
	CHECK_INT(give(f), FRAGMENTS_DROPPED);
	CHECK_INT(give(fragment(1, 120, 120, false, 0)), FRAGMENTS_DROPPED);
}

static void longest(void)
{
	setup();
	for (size_t from = 0; from < 65512; from += 8 * 1024)
		CHECK_INT(
			give(fragment(1, from, from + 8192 < 65512 ? 8192 : 65512 - from, true, 0)),
			FRAGMENTS_KEPT);
	ends(fragment(1, 65512, 3, false, 0), 65515, 0);
	for (size_t from = 0; from < 65512; from += 8 * 1024)
		CHECK_INT(
			give(fragment(1, from, from + 8192 < 65512 ? 8192 : 65512 - from, true, 0)),
			FRAGMENTS_KEPT);
	CHECK_INT(give(fragment(1, 65512, 4, false, 0)), FRAGMENTS_DROPPED);
}

static void several(void)
{
	setup();
	for (unsigned id = 1; id <= FRAGMENTS_DATAGRAMS; id++)
		CHECK_INT(give(fragment(id, 0, 800, true, 0)), FRAGMENTS_KEPT);
	CHECK_INT(give(fragment(1, 800, 8, true, 0)), FRAGMENTS_KEPT);
	/* One too many: the second was without one for the longest time. */
	CHECK_INT(give(fragment(9, 0, 800, true, 0)), FRAGMENTS_KEPT);
	CHECK_INT(give(fragment(2, 800, 8, false, 0)), FRAGMENTS_DROPPED);
	ends(fragment(1, 808, 8, false, 0), 816, 0);
	ends(fragment(9, 800, 8, false, 0), 808, 0);
	for (unsigned id = 3; id <= FRAGMENTS_DATAGRAMS; id++)
		ends(fragment(id, 800, 9, false, 0), 809, 0);
}

int main(void)
{
	static const struct test tests[] = {
		{"in order they become one", in_order, false},
		{"what is no fragment", others, false},
		{"not in order", out_of_order, false},
		{"bad ones", bad_ones, false},
		{"65535 bytes are the most", longest, false},
		{"several at a time, and one too many", several, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}
