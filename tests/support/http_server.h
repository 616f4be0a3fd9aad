/* A tiny HTTP server on loopback for tests: one thread, one connection at a time, as badly behaved as asked. */
#ifndef TESTS_SUPPORT_HTTP_SERVER_H
#define TESTS_SUPPORT_HTTP_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum http_manner {
	HTTP_GOOD,          /* serves ranges; 416 for one that starts at the end or beyond */
	HTTP_IGNORES_RANGE, /* always the whole body */
	HTTP_CUTS,          /* announces everything, sends half, hangs up */
	HTTP_STALLS,        /* announces everything, sends half, then nothing until the client leaves */
	HTTP_OTHER_RANGE,   /* answers a range with another one */
	HTTP_ENDLESS,       /* no length, the body again and again until the client leaves */
	HTTP_REDIRECTS,     /* 302 to `location` */
	HTTP_REFUSES,       /* 416 whatever is asked */
};

struct http_route {
	const char *path; /* "/a/file"; others get 404 */
	const void *body;
	size_t size;
	enum http_manner manner;
	const char *location;
};

enum { HTTP_LOG = 32 };
struct http_request {
	char path[128], range[64]; /* range: "bytes=5-", or empty */
};

struct http_server {
	const struct http_route *routes;
	int n_routes, listener;
	char url[64]; /* http://127.0.0.1:PORT */
	pthread_t thread;
	atomic_bool stop;
	atomic_int n_requests; /* stored (release) after the entry of the log; read (acquire) before it */
	struct http_request log[HTTP_LOG];
};

/* Starts serving the routes, which must outlive the server; false if the machine has no loopback. */
bool http_server_start(struct http_server *server, const struct http_route *routes, int n_routes);
void http_server_stop(struct http_server *server);

/* Requests so far. */
int http_server_requests(struct http_server *server);

#endif
