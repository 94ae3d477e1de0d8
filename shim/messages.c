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

void messages_add_foreign(struct multi *multi, const CURLMsg *told)
{
	struct message *message = multi->spare;

	multi->spare = NULL;
	message->told = *told;
	message->foreign = true;
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

CURLMsg *multi_info_read(struct multi *multi, int *left)
{
	struct message *message = TAILQ_FIRST(&multi->messages);

	*left = 0;
	if (!message || multi_may_not_change(multi))
		return NULL;
	messages_drop(multi, message);
	if (message->foreign)
		TAILQ_INSERT_TAIL(&multi->given, message, link);
	*left = multi->queued;
	return &message->told;
}

static struct message *find(struct message_list *list, const CURL *easy)
{
	struct message *message = TAILQ_FIRST(list);

	while (message && message->told.easy_handle != easy)
		message = TAILQ_NEXT(message, link);
	return message;
}

void messages_drop_foreign(struct multi *multi, const CURL *easy)
{
	struct message *message = find(&multi->messages, easy);

	if (message) {
		messages_drop(multi, message);
	} else {
		message = find(&multi->given, easy);
		if (!message)
			return;
		TAILQ_REMOVE(&multi->given, message, link);
	}
	free(message);
}

void messages_free(struct multi *multi)
{
	struct message *message;

	TAILQ_CONCAT(&multi->given, &multi->messages, link);
	while ((message = TAILQ_FIRST(&multi->given))) {
		TAILQ_REMOVE(&multi->given, message, link);
		free(message);
	}
	free(multi->spare);
}
