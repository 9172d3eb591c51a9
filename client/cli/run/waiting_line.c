/* waiting_line.c: prints the line in which `msiwatch run` says what it waits for. */
#include "cli/run/waiting_line.h"

#include <string.h>

#define LINE_MS 30000u

/* How often the service is asked what is being installed. */
#define LOOK_MS 5000u

void waiting_line_new(struct waiting_line *line, const struct cli *cli, bool quiet)
{
    memset(line, 0, sizeof *line);
    line->cli = cli;
    line->quiet = quiet;
    line->width = console_error_width();
}

void waiting_line_free(struct waiting_line *line)
{
    msiwatch_close(line->looking);
    line->looking = NULL;
}

void waiting_line_begin(struct waiting_line *line)
{
    line->begun = line->begun == 0 ? console_now() : line->begun;
    line->waits = true;
}

/* Overwrites the last line, cut to the width of the terminal. */
static void write_over(struct waiting_line *line, const char *text)
{
    struct text out = {0};
    unsigned count = 0;
    text_add(&out, "\r");
    for (size_t size; *text != '\0' && count + 1 < line->width; text += size, count++) {
        utf8_decode(text, &size);
        size = size == 0 ? 1 : size;
        text_add_bytes(&out, text, size);
    }
    for (unsigned i = count; i < line->shown; i++) {
        text_add(&out, " ");
    }
    text_add(&out, count == 0 ? "\r" : "");
    if (out.data != NULL) {
        console_complain(out.data, out.size);
    }
    text_release(&out);
    line->shown = count;
}

void waiting_line_end(struct waiting_line *line, bool over)
{
    if (line->shown > 0) {
        write_over(line, "");
    }
    line->waits = false;
    line->begun = over ? 0 : line->begun;
}

static void look(struct waiting_line *line, uint64_t now)
{
    struct msiwatch_status status = {.size = sizeof status};
    struct msiwatch_options options = {.size = sizeof options,
                                       .pipe = line->cli->common[COMMON_PIPE].text,
                                       .timeout_ms = WAITING_LINE_MS};
    if (line->progress.holder[0] != '\0' || (line->looked != 0 && now - line->looked < LOOK_MS)) {
        return;
    }
    line->looked = now;
    if (line->looking == NULL && msiwatch_open(&options, &line->looking) != CODE_OK) {
        return;
    }
    if (msiwatch_get_status(line->looking, WAITING_LINE_MS, &status) == CODE_OK) {
        progress_see(&line->progress, msiwatch_get_json(line->looking));
    } else {
        waiting_line_free(line);
    }
}

void waiting_line_hear(struct waiting_line *line, const char *json)
{
    uint64_t now = console_now();
    bool due = line->written == 0 || now - line->written >= LINE_MS;
    struct text text = {0};
    if (json != NULL) {
        progress_hear(&line->progress, json);
    }
    if (line->quiet || !line->waits || now - line->begun < WAITING_LINE_MS ||
        (line->width == 0 && !due)) {
        return;
    }
    look(line, now);
    progress_add_line(&text, &line->progress, now - line->begun, console_offset);
    const char *words = text.data == NULL ? "" : text.data;
    if (line->width > 0) {
        write_over(line, words);
    } else {
        cli_notice(line->cli, "%s", words);
    }
    line->written = now;
    text_release(&text);
}
