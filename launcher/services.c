/* SPDX-License-Identifier: MIT */
#include "services.h"

#include <stdio.h>
#include <string.h>

#include "config/ascii.h"

bool services_is_name(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < length; i++) {
		if (!ascii_is_alphanumeric(name[i]) && !strchr(":-_.\\@", name[i]))
			return false;
	}
	return length && length < 256;
}

static int stem_length(const char *service)
{
	static const char suffix[] = ".service";
	size_t length = strlen(service);

	if (length > strlen(suffix) && !strcmp(service + length - strlen(suffix), suffix))
		length -= strlen(suffix);
	return (int)length;
}

void services_unit(const char *service, const char *shim)
{
	int length = stem_length(service);

	printf("# /etc/systemd/system/%.*s.service.d/curlretry.conf\n"
	       "#\n"
	       "# After this: systemctl daemon-reload && systemctl restart %.*s\n"
	       "# To check:   curlretry --check \"$(systemctl show -P MainPID %.*s)\"\n"
	       "#             journalctl -u %.*s -g curlretry\n"
	       "[Service]\n"
	       "Environment=LD_PRELOAD=%s\n"
	       "# What the service writes to standard error goes to the journal, our lines too.\n"
	       "# \"journal\" instead of \"stderr\" gives each its fields, but needs AF_UNIX.\n"
	       "Environment=CURLRETRY_LOG=stderr\n"
	       "# A wait must be over before TimeoutStopSec is, or the service may be killed in "
	       "it.\n"
	       "Environment=CURLRETRY_MAX_TIME=20s\n"
	       "TimeoutStopSec=30s\n",
	       length, service, length, service, length, service, length, service, shim);
}

void services_dockerfile(const char *shim)
{
	printf("# Beside the Dockerfile: cp %s .\n"
	       "# The image's C library must be glibc 2.31 or later. For one of musl's, such as\n"
	       "# Alpine, take the libcurlretry.so that make CC=musl-gcc builds.\n"
	       "# To check: docker run --rm IMAGE env CURLRETRY_LOG_LEVEL=debug PROGRAM...\n"
	       "COPY libcurlretry.so /usr/local/lib/libcurlretry.so\n"
	       "ENV LD_PRELOAD=/usr/local/lib/libcurlretry.so\n",
	       shim);
}
