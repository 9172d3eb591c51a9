/* hostile.c: what hostile and broken clients send. */
#include "hostile.h"

#include <stdio.h>
#include <string.h>

#define TEXT(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static char deep[2][HOSTILE_LINE]; /* brackets, as many as a line holds */

#define NESTED_HEAD "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\",\"x\":"
#define NESTED_SIZE(depth) (sizeof NESTED_HEAD - 1 + 2 * ((depth)-1) + 2)

static char nested[2][NESTED_SIZE(33)]; /* a request as deep as is read, and a deeper one */

static const struct {
    const char *text;
    size_t size;
} texts[] = {
    TEXT("\0\n"),
    TEXT("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sta\0tus\"}\n"),
    TEXT("{\"jsonrpc\":\"2.0\",\"id\":\"\\ud800\",\"method\":\"status\"}\n"),
    TEXT("{\"jsonrpc\":\"2.0\",\"id\":\"\xc0\x80\",\"method\":\"status\"}\n"),
    TEXT("{\"jsonrpc\":\"2.0\",\"id\":\"\xed\xa0\x80\",\"method\":\"status\"}\n"),
    TEXT("{\"id\":1,\"id\":2,\"jsonrpc\":\"2.0\",\"method\":\"status\",\"method\":\"about\"}\n"),
    TEXT("{\"jsonrpc\":\"2.0\",\"id\":1e999999999999,\"method\":\"status\"}\n"),
    TEXT("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"history\",\"params\":"
         "{\"after\":99999999999999999999999999999999999999}}\n"),
    TEXT("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]\n"),
    TEXT("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]\n"),
    TEXT("{}{}\n"),
    {deep[0], HOSTILE_LINE},
    {deep[1], HOSTILE_LINE},
    {nested[0], NESTED_SIZE(32)},
    {nested[1], NESTED_SIZE(33)},
};

static void fill_deep(char *line, char open)
{
    memset(line, open, HOSTILE_LINE - 1);
    line[HOSTILE_LINE - 1] = '\n';
}

const char *hostile_text(size_t i, size_t *size)
{
    if (deep[0][0] == '\0') {
        fill_deep(deep[0], '[');
        fill_deep(deep[1], '{');
        hostile_nest(nested[0], 32);
        hostile_nest(nested[1], 33);
    }
    i %= sizeof texts / sizeof texts[0];
    *size = texts[i].size;
    return texts[i].text;
}

size_t hostile_nest(char *line, size_t depth)
{
    size_t size = sizeof NESTED_HEAD - 1;
    memcpy(line, NESTED_HEAD, size);
    memset(line + size, '[', depth - 1);
    memset(line + size + depth - 1, ']', depth - 1);
    size += 2 * (depth - 1);
    line[size++] = '}';
    line[size++] = '\n';
    return size;
}

void hostile_fill(char *line, size_t size)
{
    static const char head[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"";
    memset(line, ' ', size);
    memcpy(line, head, sizeof head - 1);
    line[size - 2] = '}';
    line[size - 1] = '\n';
}

size_t hostile_batch(char *line)
{
    size_t size = (size_t)snprintf(
        line, HOSTILE_LINE,
        "[{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"wait\",\"params\":[\"busy\"]}");
    for (int i = 1; i < 16; i++) {
        size += (size_t)snprintf(
            line + size, HOSTILE_LINE - size,
            ",{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"history\",\"params\":"
            "{\"limit\":256}}",
            i);
    }
    return size + (size_t)snprintf(line + size, HOSTILE_LINE - size, "]\n");
}
