#define _GNU_SOURCE /* strcasestr */

#include "support/http_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TICK = 20 }; /* ms between looks at `stop` */

static bool send_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		bytes += sent;
		n -= (size_t)sent;
	}
	return true;
}

static void send_head(int fd, const char *status, const char *headers)
{
	char text[512];
	int n = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nConnection: close\r\n%s\r\n", status, headers);
	send_all(fd, text, (size_t)n);
}

static void wait_until_left(struct http_server *server, int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	while (!atomic_load(&server->stop) && poll(&poll_fd, 1, TICK) == 0)
		continue;
}

/* Body bytes from `from`, announced in full; `send` of them are sent. */
static void send_body(int fd, const struct http_route *route, size_t from, bool partial, size_t send)
{
	char headers[200], range[100] = "";
	if (partial)
		snprintf(range, sizeof range, "Content-Range: bytes %zu-%zu/%zu\r\n", from, route->size - 1,
		         route->size);
	snprintf(headers, sizeof headers, "Content-Length: %zu\r\n%s", route->size - from, range);
	send_head(fd, partial ? "206 Partial Content" : "200 OK", headers);
	send_all(fd, (const char *)route->body + from, send);
}

static void answer(struct http_server *server, int fd, const struct http_route *route, const char *range)
{
	char location[512];
	size_t from = *range ? strtoull(range + strlen("bytes="), NULL, 10) : 0;
	bool partial = *range != '\0';
	size_t rest = from < route->size ? route->size - from : 0;
	switch (route->manner) {
	case HTTP_IGNORES_RANGE:
		send_body(fd, route, 0, false, route->size);
		return;
	case HTTP_OTHER_RANGE:
		send_body(fd, route, from / 2, partial, route->size - from / 2);
		return;
	case HTTP_ENDLESS:
		send_head(fd, "200 OK", "");
		while (!atomic_load(&server->stop) && send_all(fd, route->body, route->size))
			continue;
		return;
	case HTTP_REDIRECTS:
		snprintf(location, sizeof location, "Location: %s\r\nContent-Length: 3\r\n", route->location);
		send_head(fd, "302 Found", location);
		send_all(fd, "no\n", 3);
		return;
	case HTTP_GOOD:
	case HTTP_CUTS:
	case HTTP_STALLS:
	case HTTP_REFUSES:
		break;
	}
	if (route->manner == HTTP_REFUSES || (partial && rest == 0)) {
		send_head(fd, "416 Range Not Satisfiable", "Content-Length: 5\r\n");
		send_all(fd, "nope\n", 5);
		return;
	}
	send_body(fd, route, from, partial, route->manner == HTTP_GOOD ? rest : rest / 2);
	if (route->manner == HTTP_STALLS)
		wait_until_left(server, fd);
}

static void note(struct http_server *server, const char *text)
{
	int n = atomic_load_explicit(&server->n_requests, memory_order_relaxed);
	if (n == HTTP_LOG)
		return;
	struct http_request *request = &server->log[n];
	sscanf(text, "GET %127s", request->path);
	const char *range = strcasestr(text, "\r\nRange: ");
	if (range)
		sscanf(range + strlen("\r\nRange: "), "%63s", request->range);
	atomic_store_explicit(&server->n_requests, n + 1, memory_order_release);
}

static void serve(struct http_server *server, int fd)
{
	char text[4096];
	size_t used = 0;
	while (used + 1 < sizeof text) {
		ssize_t got = recv(fd, text + used, sizeof text - used - 1, 0);
		if (got <= 0)
			return;
		used += (size_t)got;
		text[used] = '\0';
		if (strstr(text, "\r\n\r\n"))
			break;
	}
	note(server, text);
	const struct http_request *request = &server->log[http_server_requests(server) - 1];
	for (int i = 0; i < server->n_routes; i++)
		if (strcmp(server->routes[i].path, request->path) == 0) {
			answer(server, fd, &server->routes[i], request->range);
			return;
		}
	send_head(fd, "404 Not Found", "Content-Length: 10\r\n");
	send_all(fd, "not here.\n", 10);
}

static void *run(void *argument)
{
	struct http_server *server = argument;
	struct pollfd poll_fd = {.fd = server->listener, .events = POLLIN};
	while (!atomic_load(&server->stop)) {
		if (poll(&poll_fd, 1, TICK) <= 0)
			continue;
		int fd = accept(server->listener, NULL, NULL);
		if (fd < 0)
			continue;
		serve(server, fd);
		shutdown(fd, SHUT_WR);
		close(fd);
	}
	return NULL;
}

bool http_server_start(struct http_server *server, const struct http_route *routes, int n_routes)
{
	*server = (struct http_server){.routes = routes, .n_routes = n_routes};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server->listener < 0)
		return false;
	if (bind(server->listener, (struct sockaddr *)&address, length) == 0 && listen(server->listener, 8) == 0 &&
	    getsockname(server->listener, (struct sockaddr *)&address, &length) == 0) {
		snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d", ntohs(address.sin_port));
		if (pthread_create(&server->thread, NULL, run, server) == 0)
			return true;
	}
	close(server->listener);
	return false;
}

void http_server_stop(struct http_server *server)
{
	atomic_store(&server->stop, true);
	pthread_join(server->thread, NULL);
	close(server->listener);
}

int http_server_requests(struct http_server *server)
{
	return atomic_load_explicit(&server->n_requests, memory_order_acquire);
}
