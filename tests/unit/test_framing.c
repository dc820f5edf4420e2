/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unpriv/wire/framing.h"

#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A stream that grows: frames of the lengths given, each filled with its number. */
static uint8_t stream[4 * (FRAME_MAX + FRAME_HEAD)];
static size_t stream_len;

static void add(uint32_t len, uint8_t fill)
{
	framing_head(stream + stream_len, len);
	memset(stream + stream_len + FRAME_HEAD, fill, len);
	stream_len += FRAME_HEAD + len;
}

/* Feeds the stream in reads of at most `step` bytes through a buffer of `size`, and checks
 * the frames against `lens` (0 ends it). Returns framing_next()'s last result. */
static int feed(struct framing *f, size_t step, size_t size, const uint32_t *lens)
{
	static uint8_t buf[1 << 18];
	struct frame frame;
	uint8_t fill = 0;
	size_t at = 0;
	int r = 0;

	while (at < stream_len && r == 0) {
		struct iovec iov[2];
		int n = framing_space(f, iov, buf, size);
		size_t got = 0;

		for (int i = 0; i < n; i++) {
			size_t part = iov[i].iov_len;

			part = part < stream_len - at ? part : stream_len - at;
			part = part < step - got ? part : step - got;
			memcpy(iov[i].iov_base, stream + at, part);
			at += part;
			got += part;
			if (part < iov[i].iov_len)
				break;
		}
		framing_received(f, buf, got);
		while ((r = framing_next(f, &frame)) > 0) {
			while (*lens && *lens < FRAME_MIN) {
				lens++;
				fill++;
			}
			if (!CHECK_INT(frame.len, *lens) || !*lens++)
				return 1;
			CHECK_INT(framing_len(frame.at - FRAME_HEAD), frame.len);
			CHECK_INT(frame.at[0], fill);
			CHECK_INT(frame.at[frame.len - 1], fill++);
		}
	}
	while (*lens && *lens < FRAME_MIN)
		lens++;
	CHECK_INT(*lens, 0);
	return r;
}

static const uint32_t sizes[] = {14, 13, 64, 1, 1514, 15, FRAME_MAX, 60, 0};

static void cut_anywhere(void)
{
	static const size_t steps[] = {1, 2, 3, 4, 5, 17, 18, 19, 1000, 65536, 1 << 18};

	stream_len = 0;
	for (size_t i = 0; sizes[i]; i++)
		add(sizes[i], (uint8_t)i);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		static const size_t bufs[] = {5, 64, 4096, 1 << 18};

		for (size_t b = 0; b < ARRAY_LEN(bufs); b++) {
			struct framing f;

			test_case("%zu bytes a read, buffer of %zu", steps[i], bufs[b]);
			framing_init(&f);
			CHECK_INT(feed(&f, steps[i], bufs[b], sizes), 0);
			CHECK_INT(f.runts, 2);
			CHECK(!f.body && f.heads == 0);
			framing_free(&f);
		}
	}
}

static void defects(void)
{
	static const struct {
		uint32_t len;
		int result;
	} cases[] = {
		{0, 0},
		{1, 0},
		{13, 0},
		{FRAME_MAX, 0},
		{FRAME_MAX + 1, -EBADMSG},
		{0x7fffffff, -EBADMSG},
		{0x80000000, -EBADMSG},
		{0xffffffff, -EBADMSG},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct framing f;
		uint32_t want[] = {60, 0, 0};

		test_case("length %u", cases[i].len);
		stream_len = 0;
		add(60, 0);
		framing_head(stream + stream_len, cases[i].len);
		stream_len += FRAME_HEAD;
		if (cases[i].result == 0) {
			stream_len -= FRAME_HEAD;
			add(cases[i].len, 1);
			want[1] = cases[i].len >= FRAME_MIN ? cases[i].len : 0;
		}
		framing_init(&f);
		CHECK_INT(feed(&f, 1 << 18, 1 << 18, want), cases[i].result);
		framing_free(&f);
		framing_init(&f);
		CHECK_INT(feed(&f, 1, 64, want), cases[i].result);
		framing_free(&f);
	}
}

/* What an incomplete frame costs, and what is left when its stream ends. */
static void incomplete(void)
{
	struct framing f = {0};
	static const uint32_t none[] = {0};

	stream_len = 0;
	add(FRAME_MAX, 0);
	stream_len -= 1;
	CHECK_INT(feed(&f, 100, 4096, none), 0);
	CHECK(f.body && f.have == FRAME_HEAD + FRAME_MAX - 1 && f.want == f.have + 1);
	framing_free(&f);
	CHECK(!f.body && !f.done);
	framing_free(&f);
}

int main(void)
{
	static const struct test tests[] = {
		{"cut anywhere, the frames are the same", cut_anywhere, false},
		{"lengths that are wrong", defects, false},
		{"an incomplete frame", incomplete, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}
