/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture of interfaces and frames that the input describes, read back by what the format's
 * specification says. What must hold: each block's two lengths agree and are what was returned,
 * within the bound; and names and frames are found where they belong.
 */
#include "fuzz.h"

#include "unpriv/switch/pcapng.h"

#include <string.h>

static uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static void check_block(const uint8_t *block, size_t len, size_t bound, uint32_t type)
{
	MUST(len <= bound && len >= 12 && len % 4 == 0);
	MUST(get32(block) == type && get32(block + 4) == len && get32(block + len - 4) == len);
}

/* The option of that code, behind the fixed part of a block; its length. */
static const uint8_t *option(const uint8_t *at, const uint8_t *end, uint16_t code, uint16_t *retlen)
{
	for (;;) {
		uint16_t head[2];

		MUST(end - at >= 4);
		memcpy(head, at, sizeof(head));
		MUST(head[0] != 0);
		MUST((size_t)(end - at) >= 4 + (head[1] + 3u) / 4 * 4 + 4);
		if (head[0] == code) {
			*retlen = head[1];
			return at + 4;
		}
		at += 4 + (head[1] + 3u) / 4 * 4;
	}
}

static void one_interface(const char *name)
{
	uint8_t *buf = malloc(PCAPNG_INTERFACE_MAX);
	size_t len, want = strlen(name) < 255 ? strlen(name) : 255;
	const uint8_t *found;
	uint16_t found_len;

	MUST(buf);
	len = pcapng_interface(buf, name);
	check_block(buf, len, PCAPNG_INTERFACE_MAX, 1);
	found = option(buf + 16, buf + len - 4, 2, &found_len);
	MUST(found_len == want && memcmp(found, name, want) == 0);
	free(buf);
}

static void one_packet(uint32_t interface, uint64_t time, const uint8_t *frame, uint32_t n)
{
	uint8_t *buf = malloc(PCAPNG_PACKET_MAX(n));
	const uint8_t *found;
	uint16_t found_len;
	size_t len;

	MUST(buf);
	len = pcapng_packet(buf, interface, time, frame, n);
	check_block(buf, len, PCAPNG_PACKET_MAX(n), 6);
	MUST(get32(buf + 8) == interface);
	MUST(((uint64_t)get32(buf + 12) << 32 | get32(buf + 16)) == time);
	MUST(get32(buf + 20) == n && get32(buf + 24) == n && memcmp(buf + 28, frame, n) == 0);
	found = option(buf + 28 + (n + 3) / 4 * 4, buf + len - 4, 2, &found_len);
	MUST(found_len == 4 && get32(found) == 1);
	free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t head[PCAPNG_HEAD_MAX];
	uint64_t time;
	char *name;
	size_t cut;

	check_block(head, pcapng_section(head), sizeof(head), 0x0a0d0d0a);
	if (size < 14)
		return 0;
	memcpy(&time, data, sizeof(time));
	cut = get32(data + 8) % (size - 12);
	name = malloc(cut + 1);
	MUST(name);
	memcpy(name, data + 12, cut);
	name[cut] = '\0';
	one_interface(name);
	one_packet(get32(data + 8), time, data + 12 + cut, (uint32_t)(size - 12 - cut));
	free(name);
	return 0;
}
