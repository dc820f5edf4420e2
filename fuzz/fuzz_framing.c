/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A byte stream, read in pieces that the input chooses. What must hold: the frames are those
 * that a reader of the whole stream at once finds, each of FRAME_MIN to FRAME_MAX bytes with
 * its length in front of it; and it ends where that one ends.
 */
#include "fuzz.h"

#include "unpriv/wire/framing.h"

#include <string.h>

/* The next frame of the whole stream: 1, 0 (it is not all there), -1 (too long). */
static int simple_next(const uint8_t *data, size_t size, size_t *at, size_t *retlen)
{
	for (;;) {
		size_t len;

		if (size - *at < FRAME_HEAD)
			return 0;
		len = framing_len(data + *at);
		if (len > FRAME_MAX)
			return -1;
		if (size - *at - FRAME_HEAD < len)
			return 0;
		*at += FRAME_HEAD + len;
		*retlen = len;
		if (len >= FRAME_MIN)
			return 1;
	}
}

/* Compares what has been found so far; returns framing_next()'s last result. */
static int check_frames(struct framing *f, const uint8_t *data, size_t size, size_t *model)
{
	struct frame frame;
	size_t len;
	int r;

	while ((r = framing_next(f, &frame)) > 0) {
		MUST(simple_next(data, size, model, &len) == 1);
		MUST(frame.len == len && framing_len(frame.at - FRAME_HEAD) == len);
		MUST(memcmp(frame.at, data + *model - len, len) == 0);
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[4096];
	struct framing f = {0};
	size_t at = 0, model = 0, len, room, step;
	int r = 0;

	if (size < 2)
		return 0;
	room = FRAME_HEAD + 1 + data[0] * 16u % (sizeof(buf) - FRAME_HEAD - 1);
	step = 1 + data[1] % 64u * (data[1] >= 128 ? 64u : 1u);
	data += 2;
	size -= 2;
	while (at < size && r == 0) {
		struct iovec iov[2];
		int n = framing_space(&f, iov, buf, room);
		size_t got = 0;

		for (int i = 0; i < n && got < step && at < size; i++) {
			size_t part = iov[i].iov_len;

			part = part < size - at ? part : size - at;
			part = part < step - got ? part : step - got;
			memcpy(iov[i].iov_base, data + at, part);
			at += part;
			got += part;
			if (part < iov[i].iov_len)
				break;
		}
		MUST(got > 0);
		framing_received(&f, buf, got);
		r = check_frames(&f, data, at, &model);
	}
	/* Nothing was left out. */
	MUST(simple_next(data, at, &model, &len) == (r < 0 ? -1 : 0));
	framing_free(&f);
	return 0;
}
