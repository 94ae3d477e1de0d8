/* SPDX-License-Identifier: MIT */
/* LIBS: -lcurl -ldl */
/* What transfers share: connections, streams, cookies. */
#include "loops.h"

/* ---- connections: one at most, which a waiting transfer does not hold ---- */

static int limited(char **urls)
{
	CURLM *multi = new_multi();

	curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, 1L);
	add_all(multi, urls);
	run(multi);
	report_all();
	print_order();
	clean_up(multi);
	return 0;
}

/* ---- streams of one HTTP/2 connection ---- */

static int streams(char **urls)
{
	CURLM *multi = new_multi();
	long connects = 0;

	curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
	for (; *urls; urls++) {
		struct transfer *transfer = add_transfer(*urls);

		curl_easy_setopt(transfer->easy, CURLOPT_HTTP_VERSION,
				 strncmp(*urls, "https", 5) ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE :
							      CURL_HTTP_VERSION_2TLS);
		curl_easy_setopt(transfer->easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(transfer->easy, CURLOPT_SSL_VERIFYHOST, 0L);
		curl_easy_setopt(transfer->easy, CURLOPT_PIPEWAIT, 1L);
		add_to(multi, transfer);
	}
	run(multi);
	report_all();
	for (int i = 0; i < count; i++) {
		long each = 0;

		curl_easy_getinfo(transfers[i].easy, CURLINFO_NUM_CONNECTS, &each);
		connects += each;
	}
	printf("connects=%ld\n", connects);
	clean_up(multi);
	return 0;
}

/* ---- a share: cookies, names, connections where libcurl can ---- */

static int shared(char **urls)
{
	CURLSH *share = curl_share_init();
	CURLM *multi = new_multi();
	struct curl_slist *cookies = NULL;

	curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
	curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
	for (; *urls; urls++) {
		struct transfer *transfer = add_transfer(*urls);

		curl_easy_setopt(transfer->easy, CURLOPT_SHARE, share);
		curl_easy_setopt(transfer->easy, CURLOPT_COOKIEFILE, "");
		add_to(multi, transfer);
	}
	run(multi);
	report_all();
	curl_easy_getinfo(transfers[0].easy, CURLINFO_COOKIELIST, &cookies);
	for (struct curl_slist *each = cookies; each; each = each->next)
		printf("%s\n",
		       strstr(each->data, "\t0\t") ? strstr(each->data, "\t0\t") + 3 : each->data);
	curl_slist_free_all(cookies);
	clean_up(multi);
	printf("share=%d\n", curl_share_cleanup(share));
	return 0;
}

static const struct mode modes[] = {
	{ "limited", limited },
	{ "streams", streams },
	{ "shared", shared },
	{ 0 },
};

int main(int argc, char **argv)
{
	return run_mode(modes, argc, argv);
}
