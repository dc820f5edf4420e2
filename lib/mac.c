/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mac.h"

#include <errno.h>
#include <stdio.h>

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int mac_parse(const char *text, size_t len, uint8_t ret[MAC_LEN])
{
	uint8_t addr[MAC_LEN];

	if (len != MAC_TEXT_SIZE - 1)
		return -EINVAL;
	for (size_t i = 0; i < MAC_LEN; i++) {
		int hi = hex_value(text[3 * i]);
		int lo = hex_value(text[3 * i + 1]);

		if (hi < 0 || lo < 0 || (i + 1 < MAC_LEN && text[3 * i + 2] != ':'))
			return -EINVAL;
		addr[i] = (uint8_t)(hi << 4 | lo);
	}
	for (size_t i = 0; i < MAC_LEN; i++)
		ret[i] = addr[i];
	return 0;
}

const char *mac_format(char buf[MAC_TEXT_SIZE], const uint8_t addr[MAC_LEN])
{
	snprintf(buf, MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", addr[0], addr[1], addr[2],
		 addr[3], addr[4], addr[5]);
	return buf;
}

void mac_mask(uint8_t bits, uint8_t ret[MAC_LEN])
{
	for (unsigned i = 0; i < MAC_LEN; i++) {
		unsigned in_byte = bits > 8 * i ? bits - 8 * i : 0;

		ret[i] = (uint8_t)(in_byte >= 8 ? 0xff : 0xff00u >> in_byte);
	}
}

bool mac_in_range(const uint8_t addr[MAC_LEN], const struct mac_range *range)
{
	uint8_t mask[MAC_LEN];
	bool in = true;

	mac_mask(range->bits, mask);
	for (size_t i = 0; i < MAC_LEN; i++)
		in = in && (addr[i] & mask[i]) == range->addr[i];
	return in;
}
