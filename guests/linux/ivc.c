// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * An example of libivc: questions and answers through a channel.
 *
 *	ivc serve KEY               publish, answer each question
 *	ivc ask VM KEY TEXT         one question, print the answer
 *	ivc count VM KEY N          N questions that are numbers, check the answers
 *	ivc watch VM KEY            write to the channel until its publisher is gone
 *
 * A question is a number, counted up, and a text; the answer is the number's
 * double and the text in capitals.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libivc.h"

#define SIZE 65536
#define TEXT 1024
#define PATIENCE_MS 120000

struct mail {
	struct cvisor_ivc_header header;
	uint64_t question, answer;
	char asked[TEXT], answered[TEXT];
};

static int fail(const char *what)
{
	fprintf(stderr, "ivc: %s: %s\n", what, strerror(errno));
	return 1;
}

static uint64_t load(const uint64_t *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

static void store(uint64_t *at, uint64_t value)
{
	__atomic_store_n(at, value, __ATOMIC_RELEASE);
}

/* The other VM may write at any time: what is used is a copy, cut to size. */
static void capitals(char *to, const char *from)
{
	for (size_t i = 0; i + 1 < TEXT; i++) {
		char c = ((const volatile char *)from)[i];

		to[i] = (char)toupper((unsigned char)c);
		if (!c)
			return;
	}
	to[TEXT - 1] = '\0';
}

static int serve(uint64_t key)
{
	struct mail *mail;
	struct ivc ivc;
	uint64_t last = 0;

	if (ivc_publish(&ivc, key, SIZE))
		return fail("publish");
	mail = ivc.base;
	printf("ivc: VM %llu serves key 0x%llx\n",
	       (unsigned long long)ivc.publisher, (unsigned long long)ivc.key);
	fflush(stdout);
	for (;;) {
		int events = ivc_wait(&ivc, -1);

		if (events < 0)
			return fail("wait");
		if (events & CVISOR_IVC_EVENT_JOINED)
			last = 0;
		while (load(&mail->question) != last) {
			last = load(&mail->question);
			capitals(mail->answered, mail->asked);
			store(&mail->answer, 2 * last);
			if (ivc_notify(&ivc))
				return fail("notify");
		}
	}
}

static int join(struct ivc *ivc, uint64_t vm, uint64_t key)
{
	static const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};

	for (int i = 0; ivc_subscribe(ivc, vm, key); i++) {
		if (errno != ENOENT || i * 100 >= PATIENCE_MS)
			return fail("subscribe");
		nanosleep(&pause, NULL);
	}
	return 0;
}

static int question(struct ivc *ivc, uint64_t number, const char *text)
{
	struct mail *mail = ivc->base;
	int events;

	if (text)
		snprintf(mail->asked, TEXT, "%s", text);
	store(&mail->question, number);
	if (ivc_notify(ivc))
		return fail("notify");
	while (load(&mail->answer) != 2 * number) {
		events = ivc_wait(ivc, PATIENCE_MS);
		if (events < 0)
			return fail("wait");
		if (!events || (events & (CVISOR_IVC_EVENT_DEAD |
					  CVISOR_IVC_EVENT_CLOSED))) {
			fprintf(stderr, "ivc: nobody answers\n");
			return 1;
		}
	}
	return 0;
}

static int ask(uint64_t vm, uint64_t key, const char *text)
{
	struct mail *mail;
	struct ivc ivc;
	int err;

	if (join(&ivc, vm, key))
		return 1;
	mail = ivc.base;
	err = question(&ivc, load(&mail->question) + 1, text);
	if (!err)
		printf("answer: %.*s\n", TEXT, mail->answered);
	ivc_close(&ivc);
	return err;
}

static int count(uint64_t vm, uint64_t key, uint64_t n)
{
	struct mail *mail;
	struct ivc ivc;
	uint64_t first;
	int err = 0;

	if (join(&ivc, vm, key))
		return 1;
	mail = ivc.base;
	first = load(&mail->question) + 1;
	for (uint64_t i = 0; !err && i < n; i++)
		err = question(&ivc, first + i, NULL);
	if (!err)
		printf("%llu questions answered\n", (unsigned long long)n);
	ivc_close(&ivc);
	return err;
}

static int watch(uint64_t vm, uint64_t key)
{
	struct mail *mail;
	struct ivc ivc;
	uint64_t written = 0;
	int events = 0;

	if (join(&ivc, vm, key))
		return 1;
	mail = ivc.base;
	printf("ivc: writing\n");
	fflush(stdout);
	while (!(events & (CVISOR_IVC_EVENT_DEAD | CVISOR_IVC_EVENT_CLOSED))) {
		memset((char *)ivc.base + sizeof(*mail), (int)++written,
		       ivc.size - sizeof(*mail));
		events = ivc_wait(&ivc, 0);
		if (events < 0)
			return fail("wait");
	}
	printf("ivc: publisher gone, header %llu 0x%llx, question %llu\n",
	       mail->header.publisher_id, mail->header.key,
	       (unsigned long long)mail->question);
	ivc_close(&ivc);
	return 0;
}

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 0);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "serve") && argc == 3)
		return serve(number(argv[2]));
	if (!strcmp(what, "ask") && argc == 5)
		return ask(number(argv[2]), number(argv[3]), argv[4]);
	if (!strcmp(what, "count") && argc == 5)
		return count(number(argv[2]), number(argv[3]), number(argv[4]));
	if (!strcmp(what, "watch") && argc == 4)
		return watch(number(argv[2]), number(argv[3]));
	fprintf(stderr, "usage: ivc serve KEY\n"
			"       ivc ask VM KEY TEXT\n"
			"       ivc count VM KEY N\n"
			"       ivc watch VM KEY\n");
	return 2;
}
