/* SPDX-License-Identifier: MIT */
#include "messages.h"

#include <stdlib.h>

bool messages_init(struct messages *messages)
{
	TAILQ_INIT(&messages->list);
	return messages_have_room(messages);
}

static void enqueue(struct messages *messages, struct message *message)
{
	if (!messages->count)
		messages->news = true;
	message->queue = messages;
	messages->count++;
	TAILQ_INSERT_TAIL(&messages->list, message, link);
}

void messages_add(struct messages *messages, struct message *message, CURL *easy, CURLcode code)
{
	message->told.msg = CURLMSG_DONE;
	message->told.easy_handle = easy;
	message->told.data.result = code;
	enqueue(messages, message);
}

bool messages_have_room(struct messages *messages)
{
	if (!messages->spare)
		messages->spare = calloc(1, sizeof(*messages->spare));
	return messages->spare != NULL;
}

void messages_add_foreign(struct messages *messages, CURLMsg *told)
{
	struct message *message = messages->spare;

	messages->spare = NULL;
	message->told = *told;
	message->foreign = told;
	enqueue(messages, message);
}

void messages_drop(struct message *message)
{
	struct messages *messages = message->queue;

	if (!messages)
		return;
	message->queue = NULL;
	messages->count--;
	TAILQ_REMOVE(&messages->list, message, link);
}

/* A foreign message's place in the queue is not needed any more. */
static void give_back(struct messages *messages, struct message *message)
{
	if (messages->spare)
		free(message);
	else
		messages->spare = message;
}

CURLMsg *messages_take(struct messages *messages, int *left)
{
	struct message *message = TAILQ_FIRST(&messages->list);
	CURLMsg *foreign;

	*left = 0;
	if (!message)
		return NULL;
	messages_drop(message);
	*left = messages->count;
	foreign = message->foreign;
	if (!foreign)
		return &message->told;
	give_back(messages, message);
	return foreign;
}

void messages_drop_foreign(struct messages *messages, const CURL *easy)
{
	struct message *message = TAILQ_FIRST(&messages->list);

	while (message && message->told.easy_handle != easy)
		message = TAILQ_NEXT(message, link);
	if (!message || !message->foreign)
		return;
	messages_drop(message);
	give_back(messages, message);
}

void messages_free(struct messages *messages)
{
	struct message *message;

	while ((message = TAILQ_FIRST(&messages->list))) {
		TAILQ_REMOVE(&messages->list, message, link);
		if (message->foreign)
			free(message);
	}
	free(messages->spare);
}
