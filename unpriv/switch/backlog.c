/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backlog.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK (32u * 1024)

struct backlog_block {
	struct backlog_block *next;
	uint32_t start, end, size;
	uint8_t data[];
};

static struct backlog_block *new_block(size_t len)
{
	size_t size = len > BLOCK ? len : BLOCK;
	struct backlog_block *block = malloc(sizeof(*block) + size);

	if (!block)
		return NULL;
	block->next = NULL;
	block->start = block->end = 0;
	block->size = (uint32_t)size;
	return block;
}

bool backlog_add(struct backlog *b, const uint8_t *bytes, size_t len)
{
	struct backlog_block *block = b->last;

	if (!block || block->size - block->end < len) {
		block = new_block(len);
		if (!block)
			return false;
		if (b->last)
			b->last->next = block;
		else
			b->first = block;
		b->last = block;
	}
	memcpy(block->data + block->end, bytes, len);
	block->end += (uint32_t)len;
	b->bytes += len;
	return true;
}

unsigned backlog_pieces(const struct backlog *b, struct iovec *iov, unsigned n)
{
	unsigned i = 0;

	for (struct backlog_block *block = b->first; block && i < n; block = block->next, i++) {
		iov[i].iov_base = block->data + block->start;
		iov[i].iov_len = block->end - block->start;
	}
	return i;
}

const uint8_t *backlog_first(const struct backlog *b)
{
	return b->first ? b->first->data + b->first->start : NULL;
}

void backlog_sent(struct backlog *b, size_t bytes)
{
	b->bytes -= bytes;
	while (b->first && bytes > 0) {
		struct backlog_block *block = b->first;
		size_t here = block->end - block->start;

		if (bytes < here) {
			block->start += (uint32_t)bytes;
			return;
		}
		bytes -= here;
		b->first = block->next;
		if (!b->first)
			b->last = NULL;
		free(block);
	}
}

void backlog_clear(struct backlog *b)
{
	backlog_sent(b, b->bytes);
}
