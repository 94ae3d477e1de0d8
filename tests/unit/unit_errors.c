/* SPDX-License-Identifier: MIT */
#include <curl/curl.h>

#include "../../config/errors.h"
#include "check.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool has_bit(const uint64_t bits[4], int bit)
{
	return bits[bit / 64] >> bit % 64 & 1;
}

static int count_bits(const uint64_t bits[4])
{
	int count = 0;

	for (int bit = 0; bit < 256; bit++)
		count += has_bit(bits, bit);
	return count;
}

/* What libcurl's own header says, for each name that the oldest supported one has. */
#define NAMES(X) \
	X(OK) X(UNSUPPORTED_PROTOCOL) X(FAILED_INIT) X(URL_MALFORMAT) X(NOT_BUILT_IN) \
	X(COULDNT_RESOLVE_PROXY) X(COULDNT_RESOLVE_HOST) X(COULDNT_CONNECT) X(WEIRD_SERVER_REPLY) \
	X(REMOTE_ACCESS_DENIED) X(FTP_ACCEPT_FAILED) X(FTP_WEIRD_PASS_REPLY) X(FTP_ACCEPT_TIMEOUT) \
	X(FTP_WEIRD_PASV_REPLY) X(FTP_WEIRD_227_FORMAT) X(FTP_CANT_GET_HOST) X(HTTP2) \
	X(FTP_COULDNT_SET_TYPE) X(PARTIAL_FILE) X(FTP_COULDNT_RETR_FILE) X(OBSOLETE20) \
	X(QUOTE_ERROR) X(HTTP_RETURNED_ERROR) X(WRITE_ERROR) X(OBSOLETE24) X(UPLOAD_FAILED) \
	X(READ_ERROR) X(OUT_OF_MEMORY) X(OPERATION_TIMEDOUT) X(OBSOLETE29) X(FTP_PORT_FAILED) \
	X(FTP_COULDNT_USE_REST) X(OBSOLETE32) X(RANGE_ERROR) X(HTTP_POST_ERROR) \
	X(SSL_CONNECT_ERROR) X(BAD_DOWNLOAD_RESUME) X(FILE_COULDNT_READ_FILE) X(LDAP_CANNOT_BIND) \
	X(LDAP_SEARCH_FAILED) X(OBSOLETE40) X(FUNCTION_NOT_FOUND) X(ABORTED_BY_CALLBACK) \
	X(BAD_FUNCTION_ARGUMENT) X(OBSOLETE44) X(INTERFACE_FAILED) X(OBSOLETE46) \
	X(TOO_MANY_REDIRECTS) X(UNKNOWN_OPTION) X(OBSOLETE50) X(OBSOLETE51) X(GOT_NOTHING) \
	X(SSL_ENGINE_NOTFOUND) X(SSL_ENGINE_SETFAILED) X(SEND_ERROR) X(RECV_ERROR) X(OBSOLETE57) \
	X(SSL_CERTPROBLEM) X(SSL_CIPHER) X(PEER_FAILED_VERIFICATION) X(BAD_CONTENT_ENCODING) \
	X(FILESIZE_EXCEEDED) X(USE_SSL_FAILED) X(SEND_FAIL_REWIND) X(SSL_ENGINE_INITFAILED) \
	X(LOGIN_DENIED) X(TFTP_NOTFOUND) X(TFTP_PERM) X(REMOTE_DISK_FULL) X(TFTP_ILLEGAL) \
	X(TFTP_UNKNOWNID) X(REMOTE_FILE_EXISTS) X(TFTP_NOSUCHUSER) X(SSL_CACERT_BADFILE) \
	X(REMOTE_FILE_NOT_FOUND) X(SSH) X(SSL_SHUTDOWN_FAILED) X(AGAIN) X(SSL_CRL_BADFILE) \
	X(SSL_ISSUER_ERROR) X(FTP_PRET_FAILED) X(RTSP_CSEQ_ERROR) X(RTSP_SESSION_ERROR) \
	X(FTP_BAD_FILE_LIST) X(CHUNK_FAILED) X(NO_CONNECTION_AVAILABLE) \
	X(SSL_PINNEDPUBKEYNOTMATCH) X(SSL_INVALIDCERTSTATUS) X(HTTP2_STREAM) X(RECURSIVE_API_CALL) \
	X(AUTH_ERROR) X(HTTP3) X(QUIC_CONNECT_ERROR)

static void names_are_those_of_the_header(void)
{
#define X(name) CHECK_STR(error_name(CURLE_##name), "CURLE_" #name);
	NAMES(X)
#undef X
	/* Newer than the header may be, or renamed in it. */
	CHECK_STR(error_name(49), "CURLE_SETOPT_OPTION_SYNTAX");
	CHECK_STR(error_name(62), "CURLE_LDAP_INVALID_URL");
	CHECK_STR(error_name(75), "CURLE_CONV_FAILED");
	CHECK_STR(error_name(76), "CURLE_CONV_REQD");
	CHECK_STR(error_name(97), "CURLE_PROXY");
	CHECK_STR(error_name(98), "CURLE_SSL_CLIENTCERT");
	CHECK_STR(error_name(99), "CURLE_UNRECOVERABLE_POLL");
	CHECK_STR(error_name(100), "CURLE_TOO_LARGE");
	CHECK_STR(error_name(101), "CURLE_ECH_REQUIRED");
	CHECK_STR(error_name(102), "CURLE_UNKNOWN");
	CHECK_STR(error_name(-1), "CURLE_UNKNOWN");
	CHECK_STR(error_name(1000000), "CURLE_UNKNOWN");
}

static void each_name_is_its_one_bit(void)
{
	for (int code = 1; code <= 101; code++) {
		const char *name = error_name(code);
		uint64_t bits[4] = { 0 };

		CHECK(error_bits(bits, name, strlen(name)));
		CHECK(has_bit(bits, code));
		CHECK_INT(count_bits(bits), 1);
		name += strlen("CURLE_");
		CHECK(error_bits(bits, name, strlen(name)));
		CHECK(has_bit(bits, code));
		CHECK_INT(count_bits(bits), code == CURLE_HTTP2 ? 3 : 1);
	}
}

static void groups_are_those_of_the_interface(void)
{
	static const struct {
		const char *name;
		int codes[5];
	} groups[] = {
		{ "dns", { CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY } },
		{ "connect",
		  { CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR, CURLE_QUIC_CONNECT_ERROR,
		    97 } },
		{ "timeout", { CURLE_OPERATION_TIMEDOUT, CURLE_FTP_ACCEPT_TIMEOUT } },
		{ "network", { CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING } },
		{ "http2", { CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_HTTP3 } },
		{ "partial", { CURLE_PARTIAL_FILE } },
	};

	for (size_t i = 0; i < COUNT(groups); i++) {
		uint64_t bits[4] = { 0 };
		int n;

		CHECK_STR(error_group_name(i), groups[i].name);
		CHECK(error_bits(bits, groups[i].name, strlen(groups[i].name)));
		for (n = 0; groups[i].codes[n]; n++)
			CHECK(has_bit(bits, groups[i].codes[n]));
		CHECK_INT(count_bits(bits), n);
	}
	CHECK_STR(error_group_name(COUNT(groups)), NULL);
}

static void any_case_and_nothing_else(void)
{
	static const char *const bad[] = {
		"",
		"OK",
		"CURLE_OK",
		"CURLE_",
		"UNKNOWN",
		"CURLE_UNKNOWN",
		"dn",
		"dnss",
		"COULDNT_CONNEC",
		"COULDNT_CONNECTX",
		"E_COULDNT_CONNECT",
		"7",
		"*",
		"none",
		"permanent",
		"CURLE_dns",
	};
	uint64_t bits[4] = { 1, 2, 3, 4 };

	for (size_t i = 0; i < COUNT(bad); i++) {
		if (!CHECK(!error_bits(bits, bad[i], strlen(bad[i]))))
			fprintf(stderr, "  for \"%s\"\n", bad[i]);
	}
	CHECK(bits[0] == 1 && bits[1] == 2 && bits[2] == 3 && bits[3] == 4);
	CHECK(error_bits(bits, "curle_Partial_File", 18) && bits[0] == UINT64_C(1) << 18 &&
	      !bits[3]);
	CHECK(error_bits(bits, "DNS,connect", 3) && count_bits(bits) == 2);
}

static void permanent_are_exactly_these(void)
{
	static const int codes[] = {
		CURLE_UNSUPPORTED_PROTOCOL,
		CURLE_FAILED_INIT,
		CURLE_URL_MALFORMAT,
		CURLE_WRITE_ERROR,
		CURLE_READ_ERROR,
		CURLE_OUT_OF_MEMORY,
		CURLE_ABORTED_BY_CALLBACK,
		CURLE_BAD_FUNCTION_ARGUMENT,
		CURLE_SSL_CERTPROBLEM,
		CURLE_SSL_CIPHER,
		CURLE_PEER_FAILED_VERIFICATION,
		CURLE_USE_SSL_FAILED,
		CURLE_SSL_CACERT_BADFILE,
		CURLE_SSL_CRL_BADFILE,
		CURLE_SSL_ISSUER_ERROR,
		CURLE_SSL_PINNEDPUBKEYNOTMATCH,
		CURLE_SSL_INVALIDCERTSTATUS,
		98 /* SSL_CLIENTCERT */,
	};

	for (int code = -5; code < 300; code++) {
		bool expected = false;

		for (size_t i = 0; i < COUNT(codes); i++)
			expected |= codes[i] == code;
		if (!CHECK(error_is_permanent(code) == expected))
			fprintf(stderr, "  for %d\n", code);
	}
}

int main(void)
{
	names_are_those_of_the_header();
	each_name_is_its_one_bit();
	groups_are_those_of_the_interface();
	any_case_and_nothing_else();
	permanent_are_exactly_these();
	return check_done("unit_errors");
}
