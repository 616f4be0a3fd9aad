#include "data/download.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <curl/curl.h>

enum fault { NO_FAULT, BAD_STATUS, BAD_RANGE, TOO_LONG, NO_WRITE };

struct transfer {
	struct ff_download *download;
	CURL *curl;
	uint64_t from, have; /* bytes to skip; bytes in the file now */
	uint64_t range_from; /* start of the range that the server sends */
	long status;         /* of the HTTP response; 0: not read yet */
	enum fault fault;
	int write_errno;
};

static enum fault cut(struct transfer *t, uint64_t size)
{
	t->have = size;
	if (ftruncate(t->download->fd, (off_t)size) == 0 && lseek(t->download->fd, (off_t)size, SEEK_SET) >= 0)
		return NO_FAULT;
	t->write_errno = errno;
	return NO_WRITE;
}

/* Reads the response's status once, before its body is used. */
static enum fault begin(struct transfer *t)
{
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &t->status);
	if (t->status == 206 && t->from > 0)
		return t->range_from == t->from ? NO_FAULT : BAD_RANGE;
	if (t->status == 416 && t->from > 0)
		return NO_FAULT;
	if (t->status != 200)
		return BAD_STATUS;
	return t->have ? cut(t, 0) : NO_FAULT;
}

static size_t on_header(char *line, size_t size, size_t n, void *user)
{
	static const char NAME[] = "Content-Range: bytes ";
	struct transfer *t = user;
	n *= size;
	char text[128];
	if (n > 5 && strncmp(line, "HTTP/", 5) == 0)
		t->range_from = UINT64_MAX; /* a new response, after a redirect */
	if (n >= sizeof text || n < sizeof NAME || strncasecmp(line, NAME, sizeof NAME - 1) != 0)
		return n;
	memcpy(text, line + sizeof NAME - 1, n - (sizeof NAME - 1));
	text[n - (sizeof NAME - 1)] = '\0';
	char *end;
	unsigned long long from = strtoull(text, &end, 10);
	t->range_from = end > text && *end == '-' ? from : UINT64_MAX;
	return n;
}

static enum fault append(struct transfer *t, const char *bytes, size_t n)
{
	if (n > t->download->most - t->have)
		return TOO_LONG;
	while (n > 0) {
		ssize_t done = write(t->download->fd, bytes, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			t->write_errno = errno;
			return NO_WRITE;
		}
		bytes += done;
		n -= (size_t)done;
		t->have += (size_t)done;
	}
	return NO_FAULT;
}

static void report(const struct transfer *t)
{
	const struct ff_fetch_options *options = t->download->options;
	curl_off_t rest = -1;
	curl_easy_getinfo(t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &rest);
	uint64_t before = t->status == 206 ? t->from : 0;
	if (options->progress)
		options->progress(options->user, t->download->name, (double)t->have,
		                  rest > 0 ? (double)before + (double)rest : 0);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *user)
{
	struct transfer *t = user;
	n *= size;
	if (t->status == 0)
		t->fault = begin(t);
	if (t->fault == NO_FAULT && t->status != 416) {
		t->fault = append(t, bytes, n);
		report(t);
	}
	return t->fault == NO_FAULT ? n : 0; /* 0 ends the transfer */
}

static bool configure(struct transfer *t, char *why)
{
	const struct ff_download *d = t->download;
	CURL *c = t->curl;
	char range[32];
	snprintf(range, sizeof range, "%" PRIu64 "-", t->from);
	bool set = curl_easy_setopt(c, CURLOPT_URL, d->url) == CURLE_OK &&
	           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	           curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	           curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK &&
	           curl_easy_setopt(c, CURLOPT_MAXREDIRS, 5L) == CURLE_OK &&
	           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, d->connect_seconds) == CURLE_OK &&
	           curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 64L) == CURLE_OK &&
	           curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, d->stall_seconds) == CURLE_OK &&
	           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	           curl_easy_setopt(c, CURLOPT_USERAGENT, "ffengine") == CURLE_OK &&
	           curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why) == CURLE_OK &&
	           curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
	           curl_easy_setopt(c, CURLOPT_HEADERDATA, t) == CURLE_OK &&
	           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
	           curl_easy_setopt(c, CURLOPT_WRITEDATA, t) == CURLE_OK;
	/* CURLOPT_RESUME_FROM would cost a second request if the server ignores the range */
	return set && (t->from == 0 || curl_easy_setopt(c, CURLOPT_RANGE, range) == CURLE_OK);
}

static ff_status judge(struct transfer *t, CURLcode code, const char *why, struct ff_error *error)
{
	struct ff_download *d = t->download;
	if (code == CURLE_OK && t->status == 0) /* a response without a body */
		t->fault = begin(t);
	d->resumed = t->status == 206 || t->status == 416;
	d->local = t->fault == NO_WRITE;
	switch (t->fault) {
	case NO_WRITE:
		return ff_fail_at(error, FF_ERROR_IO, d->path, t->write_errno == ENOSPC ? "free some space" : NULL,
		                  "cannot write: %s", strerror(t->write_errno));
	case BAD_STATUS:
		return ff_fail_at(error, FF_ERROR_IO, d->url, NULL, "HTTP status %ld", t->status);
	case BAD_RANGE:
		(void)cut(t, 0); /* the next attempt starts from the beginning */
		return ff_fail_at(error, FF_ERROR_IO, d->url, NULL, "the server sent another part of the file");
	case TOO_LONG:
		(void)cut(t, 0);
		return ff_fail_at(error, FF_ERROR_IO, d->url, NULL, "the server sent more than %" PRIu64 " bytes",
		                  d->most);
	case NO_FAULT:
		break;
	}
	if (code != CURLE_OK)
		return ff_fail_at(error, FF_ERROR_IO, d->url, NULL, "%s", *why ? why : curl_easy_strerror(code));
	return FF_OK;
}

ff_status ff_download(struct ff_download *download, struct ff_error *error)
{
	char why[CURL_ERROR_SIZE] = "";
	download->resumed = false;
	download->local = true;
	off_t end = lseek(download->fd, 0, SEEK_END);
	if (end < 0)
		return ff_fail_at(error, FF_ERROR_IO, download->path, NULL, "cannot write: %s", strerror(errno));
	struct transfer t = {.download = download, .from = (uint64_t)end, .have = (uint64_t)end};
	if (t.from > download->most) {
		t.from = 0;
		if (cut(&t, 0) != NO_FAULT)
			return ff_fail_at(error, FF_ERROR_IO, download->path, NULL, "cannot write: %s",
			                  strerror(t.write_errno));
	}
	t.curl = curl_easy_init();
	if (!t.curl)
		return ff_fail(error, FF_ERROR_MEMORY, "cannot start libcurl");
	ff_status status;
	if (configure(&t, why))
		status = judge(&t, curl_easy_perform(t.curl), why, error);
	else
		status = ff_fail_at(error, FF_ERROR_INTERNAL, download->url, NULL, "cannot configure libcurl");
	curl_easy_cleanup(t.curl);
	return status;
}
