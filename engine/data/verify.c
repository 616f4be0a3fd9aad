#include "data/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "data/stream.h"

struct verifier {
	struct ff_stream stream;
	uint8_t chunk[FF_STREAM_BUFFER];
};

static ff_status digest_failed(const char *path, struct ff_error *error)
{
	return ff_fail_at(error, FF_ERROR_INTERNAL, path, NULL, "OpenSSL cannot compute a SHA-256");
}

/* Hashes the content, but at most `most` bytes. *total: their number. */
static ff_status feed(struct verifier *v, EVP_MD_CTX *digest, uint64_t most, uint64_t *total, struct ff_error *error)
{
	size_t got = 1;
	for (*total = 0; got && *total < most; *total += got) {
		size_t left = most - *total < sizeof v->chunk ? (size_t)(most - *total) : sizeof v->chunk;
		FF_TRY(ff_stream_read(&v->stream, v->chunk, left, &got, error));
		if (EVP_DigestUpdate(digest, v->chunk, got) != 1)
			return digest_failed(v->stream.path, error);
	}
	return FF_OK;
}

static ff_status compare(struct verifier *v, EVP_MD_CTX *digest, const char *sha256, uint64_t size, bool *right,
                         struct ff_error *error)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
	unsigned n = 0;
	uint64_t total;
	if (EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
		return digest_failed(v->stream.path, error);
	FF_TRY(feed(v, digest, size + 1, &total, error));
	if (EVP_DigestFinal_ex(digest, hash, &n) != 1)
		return digest_failed(v->stream.path, error);
	for (size_t i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	*right = total == size && strcmp(hex, sha256) == 0;
	return FF_OK;
}

ff_status ff_verify(const char *path, const char *sha256, uint64_t size, bool *right, struct ff_error *error)
{
	*right = false;
	struct ff_error found = {0};
	struct verifier *v = calloc(1, sizeof *v);
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	ff_status status = FF_ERROR_MEMORY;
	if (!v || !digest) {
		ff_fail_at(&found, status, path, NULL, "no memory to check the file");
	} else {
		status = ff_stream_open(&v->stream, path, &found);
		if (status == FF_OK)
			status = compare(v, digest, sha256, size, right, &found);
		ff_stream_close(&v->stream);
	}
	EVP_MD_CTX_free(digest);
	free(v);
	if (status == FF_OK || status == FF_ERROR_DATA)
		return FF_OK;
	if (error)
		*error = found;
	return status;
}
