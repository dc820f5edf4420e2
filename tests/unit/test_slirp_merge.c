/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unpriv/slirp/merge.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

#define ACK 0x10
#define PSH 0x08

static struct merge merge;

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Byte by byte, unlike what is tested. */
static unsigned sum(unsigned total, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		total += i % 2 ? p[i] : (unsigned)p[i] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

struct frame {
	size_t len, head;
	uint8_t at[2048];
};

static unsigned tcp_sum(const uint8_t *frame, size_t len, bool v6)
{
	size_t head = v6 ? 54 : 34;
	unsigned total = sum(6 + (unsigned)(len - head), frame + 14 + (v6 ? 8 : 12), v6 ? 32 : 8);

	return sum(total, frame + head, len - head);
}

static void seal(struct frame *f, bool v6)
{
	size_t tcp = v6 ? 54 : 34;

	if (!v6) {
		put16(f->at + 24, 0);
		put16(f->at + 24, ~sum(0, f->at + 14, 20));
	}
	put16(f->at + tcp + 16, 0);
	put16(f->at + tcp + 16, ~tcp_sum(f->at, f->len, v6));
}

/* A segment of `data` bytes at sequence number seq. */
static struct frame segment(bool v6, uint32_t seq, size_t data, unsigned flags)
{
	struct frame f = {.head = (v6 ? 54 : 34) + 20};
	uint8_t *ip = f.at + 14, *tcp = f.at + f.head - 20;

	f.len = f.head + data;
	memset(f.at, 0xaa, 12);
	put16(f.at + 12, v6 ? 0x86dd : 0x0800);
	if (v6) {
		ip[0] = 0x60;
		put16(ip + 4, (unsigned)(20 + data));
		ip[6] = 6;
		ip[7] = 64;
		memset(ip + 8, 0x20, 32);
	} else {
		ip[0] = 0x45;
		put16(ip + 2, (unsigned)(40 + data));
		put16(ip + 4, seq & 0xffff); /* the identification differs */
		put16(ip + 6, 0x4000);
		ip[8] = 64;
		ip[9] = 6;
		memset(ip + 12, 0x0a, 8);
	}
	put16(tcp, 1000);
	put16(tcp + 2, 80);
	put16(tcp + 4, seq >> 16);
	put16(tcp + 6, seq & 0xffff);
	tcp[12] = 0x50;
	tcp[13] = (uint8_t)flags;
	put16(tcp + 14, 500);
	for (size_t i = 0; i < data; i++)
		f.at[f.head + i] = (uint8_t)((seq + i) * 7 + 3);
	seal(&f, v6);
	return f;
}

static bool add(const struct frame *f)
{
	return merge_add(&merge, f->at, f->len);
}

/* What is held is one right segment from seq on, of data bytes. */
static void check_taken(bool v6, uint32_t seq, size_t data, unsigned flags)
{
	size_t len, head = v6 ? 74 : 54;
	const uint8_t *frame = merge_take(&merge, &len);

	CHECK_INT(len, head + data);
	CHECK_INT(v6 ? get16(frame + 18) : get16(frame + 16), v6 ? 20 + data : 40 + data);
	CHECK_INT(get16(frame + head - 14), seq & 0xffff);
	CHECK_INT(frame[head - 7], flags);
	if (!v6)
		CHECK_INT(sum(0, frame + 14, 20), 0xffff);
	CHECK_INT(tcp_sum(frame, len, v6), 0xffff);
	for (size_t i = 0; i < data; i++)
		if (frame[head + i] != (uint8_t)((seq + i) * 7 + 3)) {
			CHECK_INT(frame[head + i], (uint8_t)((seq + i) * 7 + 3));
			break;
		}
	CHECK(!merge_holds(&merge));
}

static void merges(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct frame f[40];

		for (unsigned i = 0; i < 40; i++) {
			f[i] = segment(v6, 0xffff0000u + i * 1448, 1448, i == 39 ? ACK | PSH : ACK);
			CHECK(add(&f[i]));
		}
		check_taken(v6, 0xffff0000u, 40 * 1448, ACK | PSH);
	}
}

static void alone(void)
{
	struct frame f = segment(false, 7, 100, ACK);
	size_t len;

	/* Padding of a short frame is no data; and it is not copied. */
	f.len += 6;
	CHECK(add(&f));
	CHECK(merge_take(&merge, &len) == f.at);
	CHECK_INT(len, 154);
}

static void fills_up(void)
{
	struct frame f[50];
	unsigned n = 0;

	for (; n < 50; n++) {
		f[n] = segment(false, n * 1460, 1460, ACK);
		if (!add(&f[n]))
			break;
	}
	/* 65535 bytes of IP. */
	CHECK_INT(n, 44);
	check_taken(false, 0, (size_t)n * 1460, ACK);
}

/* After an odd number of bytes the sum cannot go on. */
static void odd(void)
{
	struct frame a = segment(false, 0, 1001, ACK), b = segment(false, 1001, 1000, ACK);

	CHECK(add(&a));
	CHECK(!add(&b));
	check_taken(false, 0, 1001, ACK);
	a = segment(false, 0, 1000, ACK);
	b = segment(false, 1000, 1001, ACK);
	CHECK(add(&a));
	CHECK(add(&b));
	check_taken(false, 0, 2001, ACK);
}

/* A byte that may not differ between two segments; 0 ends the list. */
static void differing(void)
{
	static const size_t v4[] = {0,  6,  14 + 1, 14 + 8, 14 + 12, 14 + 16,
				    34, 36, 34 + 4, 34 + 8, 34 + 14};
	static const size_t v6[] = {0,  6,  14 + 1, 14 + 7, 14 + 8, 14 + 24,
				    54, 56, 54 + 4, 54 + 8, 54 + 14};

	for (size_t i = 0; i < 2 * ARRAY_LEN(v4); i++) {
		bool is6 = i >= ARRAY_LEN(v4);
		size_t at = is6 ? v6[i - ARRAY_LEN(v4)] : v4[i];
		struct frame a = segment(is6, 0, 100, ACK), b = segment(is6, 100, 100, ACK);

		test_case("IPv%c, byte %zu", is6 ? '6' : '4', at);
		b.at[at] ^= 1;
		seal(&b, is6);
		CHECK(add(&a));
		CHECK(!add(&b));
		CHECK(merge_holds(&merge));
		check_taken(is6, 0, 100, ACK);
	}
}

static void not_merged(void)
{
	static const unsigned flags[] = {0,          0x02,       ACK | 0x01, ACK | 0x02,
					 ACK | 0x04, ACK | 0x20, ACK | 0x40};
	struct frame f;

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		f = segment(false, 0, 100, flags[i]);
		test_case("flags %#x", flags[i]);
		CHECK(!add(&f));
	}
	test_case("%s", "");
	f = segment(false, 0, 0, ACK);
	CHECK(!add(&f));
	f = segment(false, 0, 100, ACK);
	f.at[14 + 6] = 0x20; /* a fragment */
	seal(&f, false);
	CHECK(!add(&f));
	f = segment(false, 0, 100, ACK);
	f.at[14 + 10] ^= 1; /* a wrong checksum of IP */
	CHECK(!add(&f));
	f = segment(false, 0, 100, ACK);
	f.at[34 + 12] = 0x60; /* options of TCP */
	CHECK(!add(&f));
	f = segment(false, 0, 100, ACK);
	f.len--;
	CHECK(!add(&f));
	CHECK(!merge_holds(&merge));
}

/* What was wrong makes the whole wrong. */
static void wrong_checksums(void)
{
	for (unsigned wrong = 0; wrong < 3; wrong++) {
		struct frame f[3];
		size_t len;
		const uint8_t *whole;

		for (unsigned i = 0; i < 3; i++) {
			f[i] = segment(false, i * 500, 500, ACK);
			if (i == wrong)
				f[i].at[200] ^= 0x10;
			CHECK(add(&f[i]));
		}
		whole = merge_take(&merge, &len);
		CHECK_INT(len, 54 + 1500);
		CHECK(tcp_sum(whole, len, false) != 0xffff);
	}
}

/* Exactly as many bytes as there are, for the sanitizers. */
static void cut_anywhere(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct frame f = segment(v6, 0, 10, ACK);

		for (size_t len = 0; len < f.len; len++) {
			uint8_t *copy = malloc(len + !len);

			memcpy(copy, f.at, len);
			CHECK(!merge_add(&merge, copy, len));
			free(copy);
		}
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"forty segments become one", merges, false},
		{"one stays as it is", alone, false},
		{"65535 bytes are the most", fills_up, false},
		{"an odd number of bytes ends it", odd, false},
		{"fields that may not differ", differing, false},
		{"what is never merged", not_merged, false},
		{"a wrong checksum stays wrong", wrong_checksums, false},
		{"frames that are too short", cut_anywhere, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}
