/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of a helper. The input is cut into arguments at each NUL; argv[0] is
 * one of them, and there may be none at all (threat 44). libFuzzer: -close_fd_mask=3, as
 * each usage error prints its line. What must hold: the exit status is one of three; what
 * was taken is inside argv; a descriptor number is written in full digits.
 */
#include "fuzz.h"

#include "helpers/helper.h"

#include <string.h>

#define ARGS_MOST 64

static int split(char *text, size_t size, char *argv[ARGS_MOST + 1])
{
	int argc = 0;

	for (size_t at = 0; at < size && argc < ARGS_MOST; at += strlen(text + at) + 1)
		argv[argc++] = text + at;
	argv[argc] = NULL;
	return argc;
}

static const char *last_with(int argc, char *const argv[], const char *key)
{
	const char *found = NULL;

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], key, strlen(key)) == 0)
			found = argv[i] + strlen(key);
	return found;
}

static void check_taken(int argc, char *const argv[], const struct helper_args *args)
{
	const char *fd = last_with(argc, argv, "--fd=");
	char number[16];

	MUST(args->bridge == last_with(argc, argv, "--br="));
	MUST((args->fd >= 0) == (fd != NULL));
	if (fd) {
		snprintf(number, sizeof(number), "%d", args->fd);
		MUST(strcmp(number, fd) == 0);
	}
	for (int i = 1; i < argc; i++)
		MUST(strncmp(argv[i], "--br=", 5) == 0 || strncmp(argv[i], "--fd=", 5) == 0 ||
		     strncmp(argv[i], "--name=", 7) == 0 || strncmp(argv[i], "--count=", 8) == 0 ||
		     strcmp(argv[i], "--use-vnet") == 0 || strcmp(argv[i], "--describe") == 0 ||
		     strcmp(argv[i], "--flag") == 0);
}

static void check_count(const char *text, uint32_t count)
{
	char number[16];

	MUST((count == 0) == (text == NULL));
	if (!text)
		return;
	snprintf(number, sizeof(number), "%u", count);
	MUST(count >= 3 && count <= 70000 && strcmp(number, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *name = NULL;
	uint32_t count = 0;
	bool flag = false;
	const struct helper_option own[] = {
		{.name = "--name=TEXT", .text = &name},
		{.name = "--count=N", .number = &count, .least = 3, .most = 70000},
		{.name = "--flag", .flag = &flag},
		{0}};
	const struct helper h = {.name = "fuzz-helper",
				 .caps = "cap_net_admin=p",
				 .synopsis = "--br=BRIDGE --fd=N",
				 .options = "\n",
				 .own = own,
				 .log = -1};
	char *text = malloc(size + 1), *argv[ARGS_MOST + 1];
	struct helper_args args;
	int argc, r;

	MUST(text);
	memcpy(text, data, size);
	text[size] = '\0';
	argc = split(text, size, argv);
	r = helper_args(&h, argc, argv, &args);
	MUST(r == EX_DONE || r == EX_USAGE_ERR || (r == EX_FAILED && args.done));
	if (r == EX_DONE && !args.done) {
		check_taken(argc, argv, &args);
		MUST(name == last_with(argc, argv, "--name="));
		check_count(last_with(argc, argv, "--count="), count);
		MUST(flag == (last_with(argc, argv, "--flag") != NULL));
	}
	free(text);
	return 0;
}
