/* Where the path of a file to write is a link, a FIFO, a device, or where standard output goes. */
#include "support/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"

/* A scratch folder, which is the working directory until it is closed. */
struct place {
	char folder[32];
	int before;
	struct ff_error error;
};

static bool place_open(struct place *place)
{
	*place = (struct place){.folder = "/tmp/ff_file_XXXXXX", .before = open(".", O_RDONLY | O_DIRECTORY)};
	return CHECK(place->before >= 0) && CHECK(mkdtemp(place->folder) != NULL) && CHECK_INT(chdir(place->folder), 0);
}

/* What the test made is removed by name, so a file more than that is a failed check. */
static void place_close(struct place *place, const char *const names[])
{
	for (; *names; names++)
		CHECK_INT(remove(*names), 0);
	CHECK_INT(fchdir(place->before), 0);
	CHECK_INT(rmdir(place->folder), 0);
	close(place->before);
}

static mode_t type_of(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0 ? st.st_mode & S_IFMT : 0;
}

static const char *content_of(const char *path, char text[64])
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, 63);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return text;
}

static ff_status write_text(struct place *place, const char *path, const char *text)
{
	return ff_file_write(path, text, strlen(text), &place->error);
}

static void a_link_stays_and_its_file_is_replaced(void)
{
	struct place place;
	struct ff_file_writer writer;
	char text[64];
	if (!place_open(&place))
		return;
	CHECK_INT(mkdir("deep", 0777), 0);
	CHECK_INT(write_text(&place, "deep/file", "old"), FF_OK);
	CHECK_INT(symlink("file", "deep/near"), 0);
	CHECK_INT(symlink("deep/near", "far"), 0);
	CHECK_INT(write_text(&place, "far", "new"), FF_OK);
	CHECK_TEXT(content_of("deep/file", text), "new");
	CHECK_INT(ff_file_create(&writer, "far", &place.error), FF_OK);
	ff_file_abandon(&writer);
	CHECK_TEXT(content_of("deep/file", text), "new");
	CHECK_INT(symlink("none", "dangling"), 0);
	CHECK_INT(write_text(&place, "dangling", "made"), FF_OK);
	CHECK_TEXT(content_of("none", text), "made");
	CHECK_INT(symlink("loop", "loop"), 0);
	CHECK_INT(write_text(&place, "loop", "x"), FF_ERROR_IO);
	CHECK_HAS(place.error.what, strerror(ELOOP));
	CHECK_INT(type_of("deep/file"), S_IFREG);
	static const char *const LINKS[] = {"deep/near", "far", "dangling", "loop"};
	for (size_t i = 0; i < sizeof LINKS / sizeof *LINKS; i++) {
		ff_scenario("link %s", LINKS[i]);
		CHECK_INT(type_of(LINKS[i]), S_IFLNK);
	}
	place_close(&place,
	            (const char *const[]){"deep/near", "deep/file", "deep", "far", "none", "dangling", "loop", NULL});
}

static void a_fifo_is_written_to(void)
{
	struct place place;
	struct ff_file_writer writer;
	char text[8] = "";
	if (!place_open(&place))
		return;
	CHECK_INT(mkfifo("fifo", 0600), 0);
	CHECK_INT(symlink("fifo", "link"), 0);
	int reader = open("fifo", O_RDONLY | O_NONBLOCK);
	CHECK_INT(write_text(&place, "fifo", "abc"), FF_OK);
	CHECK_INT(read(reader, text, sizeof text), 3);
	CHECK_INT(write_text(&place, "link", "def"), FF_OK);
	CHECK_INT(read(reader, text, sizeof text), 3);
	CHECK_TEXT(text, "def");
	CHECK_INT(ff_file_create(&writer, "fifo", &place.error), FF_OK);
	ff_file_abandon(&writer);
	CHECK_INT(ff_file_create(&writer, "fifo", &place.error), FF_OK);
	fputs("nobody reads", writer.stream);
	close(reader);
	signal(SIGPIPE, SIG_IGN);
	CHECK_INT(ff_file_commit(&writer, &place.error), FF_ERROR_IO);
	signal(SIGPIPE, SIG_DFL);
	CHECK_HAS(place.error.what, strerror(EPIPE));
	CHECK_INT(type_of("fifo"), S_IFIFO);
	CHECK_INT(type_of("link"), S_IFLNK);
	place_close(&place, (const char *const[]){"link", "fifo", NULL});
}

/* By a link, so that a writer that replaces would replace that. */
static void a_full_device_is_an_error(void)
{
	struct place place;
	if (access("/dev/full", W_OK) != 0) {
		ff_test_skip("no /dev/full");
		return;
	}
	if (!place_open(&place))
		return;
	CHECK_INT(symlink("/dev/full", "full"), 0);
	CHECK_INT(write_text(&place, "full", "abc"), FF_ERROR_IO);
	CHECK_TEXT(place.error.where, "full");
	CHECK_HAS(place.error.what, strerror(ENOSPC));
	CHECK_INT(type_of("full"), S_IFLNK);
	place_close(&place, (const char *const[]){"full", NULL});
}

static void what_cannot_be_written_is_left_alone(void)
{
	struct place place;
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
	struct ff_file_writer writer;
	if (!place_open(&place))
		return;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	CHECK_INT(mkdir("folder", 0777), 0);
	CHECK_INT(ff_file_create(&writer, "socket", &place.error), FF_ERROR_IO);
	ff_file_abandon(&writer);
	CHECK_INT(ff_file_create(&writer, "folder", &place.error), FF_ERROR_IO);
	ff_file_abandon(&writer);
	CHECK_HAS(place.error.what, strerror(EISDIR));
	CHECK_INT(type_of("socket"), S_IFSOCK);
	CHECK_INT(type_of("folder"), S_IFDIR);
	close(fd);
	place_close(&place, (const char *const[]){"socket", "folder", NULL});
}

static void the_file_of_standard_output_is_written_in_turn(void)
{
	struct place place;
	char text[64];
	if (!place_open(&place))
		return;
	fflush(stdout);
	int out = open("out", O_WRONLY | O_CREAT, 0600), saved = dup(STDOUT_FILENO);
	dup2(out, STDOUT_FILENO);
	ssize_t before = write(STDOUT_FILENO, "before ", 7);
	ff_status status = write_text(&place, "out", "file ");
	ssize_t after = write(STDOUT_FILENO, "after", 5);
	dup2(saved, STDOUT_FILENO);
	close(out);
	close(saved);
	CHECK_INT(status, FF_OK);
	CHECK_INT(before + after, 12);
	CHECK_TEXT(content_of("out", text), "before file after");
	place_close(&place, (const char *const[]){"out", NULL});
}

FF_TESTS("file", {"a link stays, and the file it leads to is replaced", a_link_stays_and_its_file_is_replaced},
         {"a FIFO is written to", a_fifo_is_written_to}, {"a full device is an error", a_full_device_is_an_error},
         {"what cannot be written is left alone", what_cannot_be_written_is_left_alone},
         {"the file of standard output is written in turn", the_file_of_standard_output_is_written_in_turn})
