/* command_line.c: reads the text of a command line. */
#include "cli/run/command_line.h"

#include <string.h>

static bool is_blank(wchar_t c)
{
    return c == L' ' || c == L'\t';
}

static const wchar_t *skip_blanks(const wchar_t *at)
{
    while (is_blank(*at)) {
        at++;
    }
    return at;
}

/* The end of the program's name. Quotes only keep blanks together; a backslash has no special
 * meaning. */
static const wchar_t *program_end(const wchar_t *at)
{
    for (bool quoted = false; *at != L'\0' && (quoted || !is_blank(*at)); at++) {
        quoted = quoted != (*at == L'"');
    }
    return at;
}

/* The end of any other argument. A quote after an odd number of backslashes is literal. Two quotes
 * inside quotes are one literal quote, which does not change where the argument ends. */
static const wchar_t *argument_end(const wchar_t *at)
{
    size_t backslashes = 0;
    for (bool quoted = false; *at != L'\0' && (quoted || !is_blank(*at)); at++) {
        quoted = quoted != (*at == L'"' && backslashes % 2 == 0);
        backslashes = *at == L'\\' ? backslashes + 1 : 0;
    }
    return at;
}

const wchar_t *command_line_after(const wchar_t *line, int index)
{
    const wchar_t *start = line, *end = program_end(line);
    for (int i = 0; i < index && *start != L'\0'; i++) {
        start = skip_blanks(end);
        end = argument_end(start);
    }
    bool found = (end - start == 2 && wcsncmp(start, L"--", 2) == 0) ||
                 (end - start == 4 && wcsncmp(start, L"\"--\"", 4) == 0);
    return found ? skip_blanks(end) : NULL;
}

/* Compares without regard to the case of ASCII letters, which is enough for file extensions. */
static bool same(const wchar_t *text, size_t length, const char *ascii)
{
    if (length != strlen(ascii)) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        wchar_t c = text[i] >= L'A' && text[i] <= L'Z' ? text[i] - L'A' + L'a' : text[i];
        if (c != (wchar_t)ascii[i]) {
            return false;
        }
    }
    return true;
}

static bool ends_with(const wchar_t *text, size_t length, const char *ascii)
{
    size_t end = strlen(ascii);
    return length > end && same(text + length - end, end, ascii);
}

/* The next word, read as a program's name; text that directly follows a closing quote is part of
 * it. */
static const wchar_t *next_word(const wchar_t *at, const wchar_t **word, size_t *length)
{
    at = skip_blanks(at);
    const wchar_t *end = program_end(at);
    bool quoted = *at == L'"';
    *word = at + quoted;
    *length = (size_t)(end - *word);
    if (quoted && *length > 0 && end[-1] == L'"') {
        (*length)--;
    }
    return end;
}

static bool is_file(const wchar_t *word, size_t length)
{
    return (ends_with(word, length, ".msi") || ends_with(word, length, ".msp")) &&
           wmemchr(word, L'=', length) == NULL;
}

/* Sets the label to the name of a file in a path. */
static void set_label(struct command_line *out, const wchar_t *path, size_t length)
{
    size_t start = length;
    while (start > 0 && path[start - 1] != L'\\' && path[start - 1] != L'/') {
        start--;
    }
    out->label = path + start;
    out->label_length = length - start;
}

bool command_line_read(const wchar_t *text, struct command_line *out)
{
    text = skip_blanks(text);
    bool quoted = *text == L'"';
    out->text = text;
    out->word = text + quoted;
    out->length = quoted ? wcscspn(out->word, L"\"") : wcscspn(text, L" \t");
    out->rest = out->word + out->length;
    out->rest += quoted && *out->rest == L'"';
    if (out->length == 0) {
        return false;
    }
    out->kind = ends_with(out->word, out->length, ".msi")   ? COMMAND_PACKAGE
                : ends_with(out->word, out->length, ".msp") ? COMMAND_PATCH
                : same(out->word, out->length, "msiexec") ||
                        same(out->word, out->length, "msiexec.exe")
                    ? COMMAND_MSIEXEC
                    : COMMAND_PROGRAM;
    set_label(out, out->word, out->length);
    if (same(out->label, out->label_length, "msiexec") ||
        same(out->label, out->label_length, "msiexec.exe")) {
        const wchar_t *word = NULL;
        size_t length = 0;
        for (const wchar_t *at = out->rest; *skip_blanks(at) != L'\0';) {
            at = next_word(at, &word, &length);
            if (is_file(word, length)) {
                set_label(out, word, length);
                break;
            }
        }
    }
    return true;
}

static bool add(wchar_t *out, size_t size, size_t *used, const wchar_t *text)
{
    size_t length = wcslen(text);
    if (length >= size - *used) {
        return false;
    }
    wmemcpy(out + *used, text, length + 1);
    *used += length;
    return true;
}

bool command_line_msiexec(const struct command_line *command, const wchar_t *msiexec, wchar_t *out,
                          size_t size)
{
    size_t used = 0;
    if (command->kind == COMMAND_MSIEXEC) {
        return add(out, size, &used, command->text);
    }
    return add(out, size, &used, L"\"") && add(out, size, &used, msiexec) &&
           add(out, size, &used, command->kind == COMMAND_PATCH ? L"\" /p " : L"\" /i ") &&
           add(out, size, &used, command->text);
}

static bool is_full_path(const wchar_t *path, size_t length)
{
    bool drive = length > 2 && path[1] == L':' && (path[2] == L'\\' || path[2] == L'/');
    return drive || (length > 2 && path[0] == L'\\' && path[1] == L'\\');
}

void command_line_full_paths(const wchar_t *path, wchar_t *out)
{
    const wchar_t *before = L"";
    *out = L'\0';
    for (size_t length; *path != L'\0'; path += length + (path[length] == L';')) {
        length = wcscspn(path, L";");
        if (is_full_path(path, length)) {
            out += wcslen(wcscpy(out, before));
            wmemcpy(out, path, length);
            out[length] = L'\0';
            out += length;
            before = L";";
        }
    }
}
