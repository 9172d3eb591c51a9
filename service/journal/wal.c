/* wal.c: checks a write-ahead log that an earlier run left. The format:
 * https://sqlite.org/fileformat2.html, "The Write-Ahead Log". */
#include "journal/wal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { HEADER = 32, FRAME_HEADER = 24, MOST_PAGE = 65536 };

struct sums {
    uint32_t first, second;
};

struct log_file {
    uv_file file;
    unsigned char header[HEADER];
    bool big_endian; /* of the checksums; the fields are always big-endian */
    uint32_t page_size;
    struct sums sums; /* the checksums up to the current frame */
    unsigned char *frame;
};

static uint32_t big(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t little(const unsigned char *at)
{
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

static struct sums add(struct sums sums, bool big_endian, const unsigned char *data, size_t size)
{
    uint32_t (*word)(const unsigned char *at) = big_endian ? big : little;
    for (size_t i = 0; i < size; i += 8) {
        sums.first += word(data + i) + sums.second;
        sums.second += word(data + i + 4) + sums.first;
    }
    return sums;
}

static bool sums_are(struct sums sums, const unsigned char *at)
{
    return sums.first == big(at) && sums.second == big(at + 4);
}

/* Returns the number of bytes read, which is less than `size` only at the end of the file; or a
 * negative libuv code. */
static int read_all(uv_file file, unsigned char *into, size_t size, int64_t from)
{
    size_t done = 0;
    while (done < size) {
        uv_fs_t request;
        uv_buf_t part = uv_buf_init((char *)into + done, (unsigned)(size - done));
        int got = uv_fs_read(NULL, &request, file, &part, 1, from + (int64_t)done, NULL);
        uv_fs_req_cleanup(&request);
        if (got < 0) {
            return got;
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    return (int)done;
}

static bool header_is_sound(struct log_file *log)
{
    const unsigned char *header = log->header;
    uint32_t magic = big(header);
    log->big_endian = (magic & 1) != 0;
    log->page_size = big(header + 8);
    log->sums = add((struct sums){0, 0}, log->big_endian, header, 24);
    return (magic & ~UINT32_C(1)) == 0x377f0682 && log->page_size >= 512 &&
           log->page_size <= MOST_PAGE && (log->page_size & (log->page_size - 1)) == 0 &&
           sums_are(log->sums, header + 24);
}

/* Counts the transactions that end after the first frame that is not sound. */
static int walk(struct log_file *log, unsigned *ends_behind)
{
    size_t size = FRAME_HEADER + log->page_size;
    bool broken = false;
    int got;
    *ends_behind = 0;
    for (int64_t at = HEADER;; at += (int64_t)size) {
        got = read_all(log->file, log->frame, size, at);
        if (got < (int)size) {
            return got < 0 ? got : 0;
        }
        const unsigned char *frame = log->frame;
        bool of_this_log = memcmp(frame + 8, log->header + 16, 8) == 0; /* the salts are the same */
        bool ends = big(frame + 4) != 0;
        if (!broken) {
            log->sums = add(log->sums, log->big_endian, frame, 8);
            log->sums = add(log->sums, log->big_endian, frame + FRAME_HEADER, log->page_size);
            broken = !of_this_log || !sums_are(log->sums, frame + 16);
        }
        if (broken && of_this_log && ends) {
            ++*ends_behind;
        }
    }
}

static int check(uv_file file, bool *damaged)
{
    struct log_file log = {.file = file};
    unsigned ends_behind = 0;
    int got = read_all(file, log.header, HEADER, 0);
    if (got < HEADER) {
        return got < 0 ? got : 0;
    }
    if (!header_is_sound(&log)) {
        /* SQLite writes the header to the disk before the first frame, so frames without a sound
         * header are damage. */
        unsigned char frame[FRAME_HEADER];
        got = read_all(file, frame, sizeof frame, HEADER);
        *damaged = got > 0;
        return got < 0 ? got : 0;
    }
    log.frame = malloc(FRAME_HEADER + log.page_size);
    if (log.frame == NULL) {
        return UV_ENOMEM;
    }
    int error = walk(&log, &ends_behind);
    free(log.frame);
    *damaged = ends_behind >= 2;
    return error;
}

int wal_check(const char *path, bool *damaged)
{
    uv_fs_t request;
    *damaged = false;
    int file = uv_fs_open(NULL, &request, path, UV_FS_O_RDONLY | UV_FS_O_NOFOLLOW, 0, NULL);
    uv_fs_req_cleanup(&request);
    if (file < 0) {
        return file == UV_ENOENT ? 0 : file;
    }
    int error = check(file, damaged);
    uv_fs_close(NULL, &request, file, NULL);
    uv_fs_req_cleanup(&request);
    return error;
}
