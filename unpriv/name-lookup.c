/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * name-lookup: asks the C library for users and groups on behalf of a helper, which is
 * linked statically and loads no module beside its privilege (lib/names_files.c). It has
 * no privilege itself; its file is not readable, so that its caller cannot trace it.
 *
 * Standard input is a packet socket: "user NAME", "group NAME", "uid NUMBER",
 * "gid NUMBER"; the answers are
 * "id NUMBER", "name NAME", "none" and "error ERRNO". It ends with the socket.
 */
#include "lib/exitcode.h"
#include "lib/names.h"
#include "lib/num.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static void answer_id(int r, unsigned id, char *buf, size_t size)
{
	if (r == 1)
		snprintf(buf, size, "id %u", id);
	else if (r == 0)
		snprintf(buf, size, "none");
	else
		snprintf(buf, size, "error %d", -r);
}

static void answer_name(int (*names)(unsigned id, char *buf, size_t size), const char *number,
			char *buf, size_t size)
{
	char name[256];
	uint64_t id;
	int r = 0;

	if (num_parse(number, strlen(number), 0, UINT32_MAX, &id) == 0)
		r = names((unsigned)id, name, sizeof(name));
	if (r == 1 && strlen(name) + 1 >= sizeof(name))
		r = -ENAMETOOLONG; /* cut, perhaps */
	if (r == 1)
		snprintf(buf, size, "name %s", name);
	else
		answer_id(r, 0, buf, size);
}

static void answer(const char *question, char *buf, size_t size)
{
	unsigned id = 0;
	int r;

	if (strncmp(question, "user ", 5) == 0) {
		r = names_uid(question + 5, &id);
		answer_id(r, id, buf, size);
	} else if (strncmp(question, "group ", 6) == 0) {
		r = names_gid(question + 6, &id);
		answer_id(r, id, buf, size);
	} else if (strncmp(question, "uid ", 4) == 0) {
		answer_name(names_user, question + 4, buf, size);
	} else if (strncmp(question, "gid ", 4) == 0) {
		answer_name(names_group, question + 4, buf, size);
	} else {
		snprintf(buf, size, "error 22");
	}
}

int main(void)
{
	char question[512], reply[512];
	ssize_t n;

	/* Again, for a file that somebody made readable. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return EX_FAILED;
	while ((n = recv(STDIN_FILENO, question, sizeof(question) - 1, 0)) > 0) {
		question[n] = '\0';
		answer(question, reply, sizeof(reply));
		if (send(STDIN_FILENO, reply, strlen(reply), MSG_NOSIGNAL) < 0)
			return EX_FAILED;
	}
	if (n < 0) {
		fprintf(stderr, "name-lookup: a part of netgrant, started by its helpers only\n");
		return EX_USAGE_ERR;
	}
	return EX_DONE;
}
