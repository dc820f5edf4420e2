/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One NIC as --nic has it. What must hold: what is read, printed, is read again and printed the
 * same; it is one line; its parts are what the other programs count on; an error has a text
 * without control characters.
 */
#include "fuzz.h"

#include "unpriv/run/nic.h"

#include <errno.h>
#include <string.h>

static bool one_line(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static void check_nic(const struct nic *nic)
{
	static const uint8_t zero[MAC_LEN];

	MUST(nic->type < NIC_TYPES && nic->n_forwards <= NIC_FORWARDS_MAX);
	MUST(nic->queues <= NIC_QUEUES_MAX && nic->boot <= 255 && nic->mtu <= 65535);
	MUST(!nic->has_mac || (!mac_is_group(nic->mac) && memcmp(nic->mac, zero, MAC_LEN) != 0));
	MUST(!nic->script || nic->script[0] == '/' || strcmp(nic->script, "no") == 0);
	MUST(nic->type != NIC_BRIDGE || (nic->source && strlen(nic->source) <= 15));
	MUST(nic->type != NIC_NETWORK || (nic->source && !strpbrk(nic->source, "/.:")));
	for (size_t i = 0; i < nic->n_forwards; i++)
		MUST(!strpbrk(nic->forwards[i], ", '\""));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nic_error error = {0};
	char *text = strndup((const char *)data, size), *once, *twice;
	struct nic nic;

	MUST(text);
	if (nic_parse(text, &nic, &error) < 0) {
		MUST(error.text[0] && strlen(error.text) < sizeof(error.text));
		MUST(one_line(error.text));
		free(text);
		return 0;
	}
	check_nic(&nic);
	once = nic_print(&nic);
	nic_free(&nic);
	MUST(once && one_line(once) && strlen(once) < NIC_TEXT_MAX);
	MUST(nic_parse(once, &nic, &error) == 0);
	twice = nic_print(&nic);
	nic_free(&nic);
	MUST(twice && strcmp(once, twice) == 0);
	free(text);
	free(once);
	free(twice);
	return 0;
}
