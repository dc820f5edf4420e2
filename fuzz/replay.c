/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives every file of the corpus to the fuzz target: TAP, one line a file. A finding ends
 * the program by a signal, as under libFuzzer. */
#include "fuzz.h"

#include "tests/unit/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* The target may print; TAP has standard output for itself. */
static FILE *own_output(void)
{
	int saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (saved < 0 || null < 0 || dup2(null, STDOUT_FILENO) < 0)
		return NULL;
	close(null);
	return fdopen(saved, "w");
}

int main(void)
{
	struct dirent **list;
	int n = scandir(test_source(FUZZ_CORPUS), &list, visible, alphasort);
	FILE *out = own_output();

	if (n <= 0 || !out) {
		fprintf(stderr, "no corpus in %s\n", FUZZ_CORPUS);
		return EXIT_FAILURE;
	}
	alarm(60);
	fprintf(out, "1..%d\n", n);
	for (int i = 0; i < n; i++) {
		size_t len;
		char *data = test_read(test_source(FUZZ_CORPUS "/%s", list[i]->d_name), &len);

		fflush(out);
		if (data)
			LLVMFuzzerTestOneInput((const uint8_t *)data, len);
		fprintf(out, "%s %d - %s\n", data ? "ok" : "not ok", i + 1, list[i]->d_name);
		free(data);
		free(list[i]);
	}
	free(list);
	return fclose(out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
