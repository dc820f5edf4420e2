/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "framing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void framing_init(struct framing *f)
{
	memset(f, 0, sizeof(*f));
}

void framing_free(struct framing *f)
{
	free(f->body);
	free(f->done);
	f->body = NULL;
	f->done = NULL;
}

int framing_space(struct framing *f, struct iovec iov[2], uint8_t *buf, size_t size)
{
	free(f->done);
	f->done = NULL;
	if (f->body) {
		/* The rest of a frame is read to its place, or a peer that sends a byte at a time
		 * would have the whole frame copied for each. */
		iov[0].iov_base = f->body + f->have;
		iov[0].iov_len = f->want - f->have;
		iov[1].iov_base = buf;
		iov[1].iov_len = size;
		return 2;
	}
	memcpy(buf, f->head, f->heads);
	iov[0].iov_base = buf + f->heads;
	iov[0].iov_len = size - f->heads;
	return 1;
}

void framing_received(struct framing *f, const uint8_t *buf, size_t n)
{
	f->at = buf;
	if (f->body) {
		size_t part = n < f->want - f->have ? n : f->want - f->have;

		f->have += (uint32_t)part;
		f->end = buf + (n - part);
		if (f->have < f->want)
			return;
		f->done = f->body;
		f->done_len = f->want - FRAME_HEAD;
		f->body = NULL;
	} else {
		f->end = buf + f->heads + n;
		f->heads = 0;
	}
}

/* Keeps the beginning of a frame whose end has not come. */
static int keep(struct framing *f, uint32_t len, size_t left)
{
	f->body = malloc(FRAME_HEAD + len);
	if (!f->body)
		return -ENOMEM;
	memcpy(f->body, f->at, left);
	f->have = (uint32_t)left;
	f->want = FRAME_HEAD + len;
	f->at = f->end;
	return 0;
}

int framing_next(struct framing *f, struct frame *ret)
{
	if (f->done && f->done_len) {
		ret->at = f->done + FRAME_HEAD;
		ret->len = f->done_len;
		f->done_len = 0;
		if (ret->len >= FRAME_MIN)
			return 1;
		f->runts++;
	}
	for (;;) {
		size_t left = (size_t)(f->end - f->at);
		uint32_t len;

		if (left < FRAME_HEAD) {
			/* Nothing has come where a body is still being filled. */
			if (left)
				memcpy(f->head, f->at, left);
			f->heads = (uint32_t)left;
			f->at = f->end;
			return 0;
		}
		len = framing_len(f->at);
		if (len > FRAME_MAX)
			return -EBADMSG;
		if (left - FRAME_HEAD < len)
			return keep(f, len, left);
		ret->at = f->at + FRAME_HEAD;
		ret->len = len;
		f->at = ret->at + len;
		if (len >= FRAME_MIN)
			return 1;
		f->runts++;
	}
}
