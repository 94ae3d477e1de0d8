/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "errors.h"
#include "parse.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PREFIX "CURLE_"

enum group {
	DNS,
	CONNECT,
	TIMEOUT,
	NETWORK,
	HTTP2,
	PARTIAL,
	NONE,
	PERMANENT,
};

static const char *const group_names[] = {
	[DNS] = "dns",
	[CONNECT] = "connect",
	[TIMEOUT] = "timeout",
	[NETWORK] = "network",
	[HTTP2] = "http2",
	[PARTIAL] = "partial",
};

struct error {
	const char *name;
	enum group group;
};

/*
 * Obsolete numbers that a libcurl as old as 7.68 may still return have the
 * names they had in it.
 */
static const struct error errors[] = {
	[0] = { PREFIX "OK", NONE },
	[1] = { PREFIX "UNSUPPORTED_PROTOCOL", PERMANENT },
	[2] = { PREFIX "FAILED_INIT", PERMANENT },
	[3] = { PREFIX "URL_MALFORMAT", PERMANENT },
	[4] = { PREFIX "NOT_BUILT_IN", NONE },
	[5] = { PREFIX "COULDNT_RESOLVE_PROXY", DNS },
	[6] = { PREFIX "COULDNT_RESOLVE_HOST", DNS },
	[7] = { PREFIX "COULDNT_CONNECT", CONNECT },
	[8] = { PREFIX "WEIRD_SERVER_REPLY", NONE },
	[9] = { PREFIX "REMOTE_ACCESS_DENIED", NONE },
	[10] = { PREFIX "FTP_ACCEPT_FAILED", NONE },
	[11] = { PREFIX "FTP_WEIRD_PASS_REPLY", NONE },
	[12] = { PREFIX "FTP_ACCEPT_TIMEOUT", TIMEOUT },
	[13] = { PREFIX "FTP_WEIRD_PASV_REPLY", NONE },
	[14] = { PREFIX "FTP_WEIRD_227_FORMAT", NONE },
	[15] = { PREFIX "FTP_CANT_GET_HOST", NONE },
	[16] = { PREFIX "HTTP2", HTTP2 },
	[17] = { PREFIX "FTP_COULDNT_SET_TYPE", NONE },
	[18] = { PREFIX "PARTIAL_FILE", PARTIAL },
	[19] = { PREFIX "FTP_COULDNT_RETR_FILE", NONE },
	[20] = { PREFIX "OBSOLETE20", NONE },
	[21] = { PREFIX "QUOTE_ERROR", NONE },
	[22] = { PREFIX "HTTP_RETURNED_ERROR", NONE },
	[23] = { PREFIX "WRITE_ERROR", PERMANENT },
	[24] = { PREFIX "OBSOLETE24", NONE },
	[25] = { PREFIX "UPLOAD_FAILED", NONE },
	[26] = { PREFIX "READ_ERROR", PERMANENT },
	[27] = { PREFIX "OUT_OF_MEMORY", PERMANENT },
	[28] = { PREFIX "OPERATION_TIMEDOUT", TIMEOUT },
	[29] = { PREFIX "OBSOLETE29", NONE },
	[30] = { PREFIX "FTP_PORT_FAILED", NONE },
	[31] = { PREFIX "FTP_COULDNT_USE_REST", NONE },
	[32] = { PREFIX "OBSOLETE32", NONE },
	[33] = { PREFIX "RANGE_ERROR", NONE },
	[34] = { PREFIX "HTTP_POST_ERROR", NONE },
	[35] = { PREFIX "SSL_CONNECT_ERROR", CONNECT },
	[36] = { PREFIX "BAD_DOWNLOAD_RESUME", NONE },
	[37] = { PREFIX "FILE_COULDNT_READ_FILE", NONE },
	[38] = { PREFIX "LDAP_CANNOT_BIND", NONE },
	[39] = { PREFIX "LDAP_SEARCH_FAILED", NONE },
	[40] = { PREFIX "OBSOLETE40", NONE },
	[41] = { PREFIX "FUNCTION_NOT_FOUND", NONE },
	[42] = { PREFIX "ABORTED_BY_CALLBACK", PERMANENT },
	[43] = { PREFIX "BAD_FUNCTION_ARGUMENT", PERMANENT },
	[44] = { PREFIX "OBSOLETE44", NONE },
	[45] = { PREFIX "INTERFACE_FAILED", NONE },
	[46] = { PREFIX "OBSOLETE46", NONE },
	[47] = { PREFIX "TOO_MANY_REDIRECTS", NONE },
	[48] = { PREFIX "UNKNOWN_OPTION", NONE },
	[49] = { PREFIX "SETOPT_OPTION_SYNTAX", NONE },
	[50] = { PREFIX "OBSOLETE50", NONE },
	[51] = { PREFIX "OBSOLETE51", NONE },
	[52] = { PREFIX "GOT_NOTHING", NETWORK },
	[53] = { PREFIX "SSL_ENGINE_NOTFOUND", NONE },
	[54] = { PREFIX "SSL_ENGINE_SETFAILED", NONE },
	[55] = { PREFIX "SEND_ERROR", NETWORK },
	[56] = { PREFIX "RECV_ERROR", NETWORK },
	[57] = { PREFIX "OBSOLETE57", NONE },
	[58] = { PREFIX "SSL_CERTPROBLEM", PERMANENT },
	[59] = { PREFIX "SSL_CIPHER", PERMANENT },
	[60] = { PREFIX "PEER_FAILED_VERIFICATION", PERMANENT },
	[61] = { PREFIX "BAD_CONTENT_ENCODING", NONE },
	[62] = { PREFIX "LDAP_INVALID_URL", NONE },
	[63] = { PREFIX "FILESIZE_EXCEEDED", NONE },
	[64] = { PREFIX "USE_SSL_FAILED", PERMANENT },
	[65] = { PREFIX "SEND_FAIL_REWIND", NONE },
	[66] = { PREFIX "SSL_ENGINE_INITFAILED", NONE },
	[67] = { PREFIX "LOGIN_DENIED", NONE },
	[68] = { PREFIX "TFTP_NOTFOUND", NONE },
	[69] = { PREFIX "TFTP_PERM", NONE },
	[70] = { PREFIX "REMOTE_DISK_FULL", NONE },
	[71] = { PREFIX "TFTP_ILLEGAL", NONE },
	[72] = { PREFIX "TFTP_UNKNOWNID", NONE },
	[73] = { PREFIX "REMOTE_FILE_EXISTS", NONE },
	[74] = { PREFIX "TFTP_NOSUCHUSER", NONE },
	[75] = { PREFIX "CONV_FAILED", NONE },
	[76] = { PREFIX "CONV_REQD", NONE },
	[77] = { PREFIX "SSL_CACERT_BADFILE", PERMANENT },
	[78] = { PREFIX "REMOTE_FILE_NOT_FOUND", NONE },
	[79] = { PREFIX "SSH", NONE },
	[80] = { PREFIX "SSL_SHUTDOWN_FAILED", NONE },
	[81] = { PREFIX "AGAIN", NONE },
	[82] = { PREFIX "SSL_CRL_BADFILE", PERMANENT },
	[83] = { PREFIX "SSL_ISSUER_ERROR", PERMANENT },
	[84] = { PREFIX "FTP_PRET_FAILED", NONE },
	[85] = { PREFIX "RTSP_CSEQ_ERROR", NONE },
	[86] = { PREFIX "RTSP_SESSION_ERROR", NONE },
	[87] = { PREFIX "FTP_BAD_FILE_LIST", NONE },
	[88] = { PREFIX "CHUNK_FAILED", NONE },
	[89] = { PREFIX "NO_CONNECTION_AVAILABLE", NONE },
	[90] = { PREFIX "SSL_PINNEDPUBKEYNOTMATCH", PERMANENT },
	[91] = { PREFIX "SSL_INVALIDCERTSTATUS", PERMANENT },
	[92] = { PREFIX "HTTP2_STREAM", HTTP2 },
	[93] = { PREFIX "RECURSIVE_API_CALL", NONE },
	[94] = { PREFIX "AUTH_ERROR", NONE },
	[95] = { PREFIX "HTTP3", HTTP2 },
	[96] = { PREFIX "QUIC_CONNECT_ERROR", CONNECT },
	[97] = { PREFIX "PROXY", CONNECT },
	[98] = { PREFIX "SSL_CLIENTCERT", PERMANENT },
	[99] = { PREFIX "UNRECOVERABLE_POLL", NONE },
	[100] = { PREFIX "TOO_LARGE", NONE },
	[101] = { PREFIX "ECH_REQUIRED", NONE },
};

static bool is_known(int curlcode)
{
	return curlcode >= 0 && (size_t)curlcode < COUNT(errors);
}

const char *error_name(int curlcode)
{
	return is_known(curlcode) ? errors[curlcode].name : PREFIX "UNKNOWN";
}

const char *error_group_name(size_t index)
{
	return index < COUNT(group_names) ? group_names[index] : NULL;
}

bool error_is_permanent(int curlcode)
{
	return is_known(curlcode) && errors[curlcode].group == PERMANENT;
}

static bool is_name(size_t code, const char *name, size_t length)
{
	return parse_word(errors[code].name, name, length) ||
	       parse_word(errors[code].name + strlen(PREFIX), name, length);
}

static bool is_group(size_t code, const char *name, size_t length)
{
	return errors[code].group < COUNT(group_names) &&
	       parse_word(group_names[errors[code].group], name, length);
}

/*
 * "http2" is a name and a group, of which it is a member: the group then; "CURLE_HTTP2" is the one
 * error.
 */
bool error_bits(uint64_t bits[4], const char *name, size_t length)
{
	uint64_t found[4] = { 0 };
	bool any = false;

	for (size_t code = 1; code < COUNT(errors); code++) {
		if (!is_name(code, name, length) && !is_group(code, name, length))
			continue;
		found[code / 64] |= UINT64_C(1) << code % 64;
		any = true;
	}
	if (any)
		memcpy(bits, found, sizeof(found));
	return any;
}
