/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pcapng.h"

#include <string.h>

enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	LINKTYPE_ETHERNET = 1,
	OPT_END = 0,
	OPT_IF_NAME = 2,
	OPT_EPB_FLAGS = 2,
	INBOUND = 1,
};

static uint8_t *put16(uint8_t *at, uint16_t value)
{
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

/* Bytes, up to a multiple of four. */
static uint8_t *put_padded(uint8_t *at, const void *bytes, size_t len)
{
	memcpy(at, bytes, len);
	at += len;
	for (; len % 4; len++)
		*at++ = 0;
	return at;
}

/* A block's length stands behind its type, and at its end. */
static size_t finish(uint8_t *buf, uint8_t *at)
{
	uint32_t len = (uint32_t)(at - buf) + 4;

	put32(buf + 4, len);
	put32(at, len);
	return len;
}

size_t pcapng_section(uint8_t *buf)
{
	uint8_t *at = put32(buf, BLOCK_SECTION) + 4;

	at = put32(at, 0x1a2b3c4d);
	at = put16(at, 1); /* version 1.0 */
	at = put16(at, 0);
	at = put32(at, UINT32_MAX); /* length not known */
	at = put32(at, UINT32_MAX);
	return finish(buf, at);
}

size_t pcapng_interface(uint8_t *buf, const char *name)
{
	size_t len = strnlen(name, 255);
	uint8_t *at = put32(buf, BLOCK_INTERFACE) + 4;

	at = put16(at, LINKTYPE_ETHERNET);
	at = put16(at, 0);
	at = put32(at, 0); /* frames are whole */
	at = put16(at, OPT_IF_NAME);
	at = put16(at, (uint16_t)len);
	at = put_padded(at, name, len);
	at = put32(at, OPT_END);
	return finish(buf, at);
}

size_t pcapng_packet(uint8_t *buf, uint32_t interface, uint64_t time, const uint8_t *frame,
		     uint32_t len)
{
	uint8_t *at = put32(buf, BLOCK_PACKET) + 4;

	at = put32(at, interface);
	at = put32(at, (uint32_t)(time >> 32));
	at = put32(at, (uint32_t)time);
	at = put32(at, len);
	at = put32(at, len);
	at = put_padded(at, frame, len);
	at = put16(at, OPT_EPB_FLAGS);
	at = put16(at, 4);
	at = put32(at, INBOUND);
	at = put32(at, OPT_END);
	return finish(buf, at);
}
