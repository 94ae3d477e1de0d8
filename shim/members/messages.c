/* SPDX-License-Identifier: MIT */
#include "messages.h"

#include <stdlib.h>

static void enqueue(struct multi *multi, struct message *message)
{
	if (!multi->queued)
		multi->news = true;
	message->queued = true;
	multi->queued++;
	TAILQ_INSERT_TAIL(&multi->messages, message, link);
}

void messages_add(struct multi *multi, struct message *message, CURL *easy, CURLcode code)
{
	message->told.msg = CURLMSG_DONE;
	message->told.easy_handle = easy;
	message->told.data.result = code;
	enqueue(multi, message);
}

bool messages_have_room(struct multi *multi)
{
	if (!multi->spare)
		multi->spare = calloc(1, sizeof(*multi->spare));
	return multi->spare != NULL;
}

void messages_add_foreign(struct multi *multi, CURLMsg *told)
{
	struct message *message = multi->spare;

	multi->spare = NULL;
	message->told = *told;
	message->foreign = told;
	enqueue(multi, message);
}

void messages_drop(struct multi *multi, struct message *message)
{
	if (!message->queued)
		return;
	message->queued = false;
	multi->queued--;
	TAILQ_REMOVE(&multi->messages, message, link);
}

/* A foreign message's place in the queue is not needed any more. */
static void give_back(struct multi *multi, struct message *message)
{
	if (multi->spare)
		free(message);
	else
		multi->spare = message;
}

CURLMsg *multi_info_read(struct multi *multi, int *left)
{
	struct message *message = TAILQ_FIRST(&multi->messages);
	CURLMsg *foreign;

	*left = 0;
	if (!message || multi_may_not_change(multi))
		return NULL;
	messages_drop(multi, message);
	*left = multi->queued;
	foreign = message->foreign;
	if (!foreign)
		return &message->told;
	give_back(multi, message);
	return foreign;
}

void messages_drop_foreign(struct multi *multi, const CURL *easy)
{
	struct message *message = TAILQ_FIRST(&multi->messages);

	while (message && message->told.easy_handle != easy)
		message = TAILQ_NEXT(message, link);
	if (!message || !message->foreign)
		return;
	messages_drop(multi, message);
	give_back(multi, message);
}

void messages_free(struct multi *multi)
{
	struct message *message;

	while ((message = TAILQ_FIRST(&multi->messages))) {
		TAILQ_REMOVE(&multi->messages, message, link);
		if (message->foreign)
			free(message);
	}
	free(multi->spare);
}
