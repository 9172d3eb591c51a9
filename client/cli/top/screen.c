/* screen.c: the content of a full-screen view, as cells. */
#include "cli/top/screen.h"

#include "cli/base/text.h"

#include <stdlib.h>
#include <string.h>

#define ELLIPSIS 0x2026u

struct range {
    uint32_t first, last;
};

/* The blocks whose characters take two cells (East_Asian_Width W and F), and those that take none
 * (combining marks, joiners, variation selectors), from Unicode's own charts. */
static const struct range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x2E80, 0x303E},
    {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},
    {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
    {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD},
};

static const struct range without_cell[] = {
    {0x0300, 0x036F},   {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x05BF, 0x05BF}, {0x05C1, 0x05C7},
    {0x0610, 0x061A},   {0x064B, 0x065F}, {0x0670, 0x0670}, {0x06D6, 0x06DC}, {0x06DF, 0x06E4},
    {0x093C, 0x093C},   {0x0941, 0x0948}, {0x094D, 0x094D}, {0x0E31, 0x0E31}, {0x0E34, 0x0E3A},
    {0x0E47, 0x0E4E},   {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x2060, 0x2064},
    {0x20D0, 0x20FF},   {0x3099, 0x309A}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF},
    {0xE0100, 0xE01EF},
};

static bool is_in(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* How many cells a character takes: 0, 1 or 2. */
static unsigned cells_of(uint32_t code)
{
    if (code < 0x300) {
        return 1;
    }
    if (is_in(without_cell, sizeof without_cell / sizeof without_cell[0], code)) {
        return 0;
    }
    return is_in(wide, sizeof wide / sizeof wide[0], code) ? 2 : 1;
}

static bool is_same(const struct screen_cell *a, const struct screen_cell *b)
{
    return a->code == b->code && a->style == b->style;
}

bool screen_resize(struct screen *screen, unsigned width, unsigned height)
{
    width = width > SCREEN_WIDEST ? SCREEN_WIDEST : width;
    height = height > SCREEN_HIGHEST ? SCREEN_HIGHEST : height;
    size_t count = (size_t)width * height;
    /* One allocation for both arrays. */
    struct screen_cell *cells = calloc(2 * count + 1, sizeof *cells);
    if (cells == NULL) {
        return false;
    }
    free(screen->cells);
    screen->width = width;
    screen->height = height;
    screen->cells = cells;
    screen->shown = cells + count;
    screen->stale = true;
    screen_clear(screen);
    return true;
}

void screen_release(struct screen *screen)
{
    free(screen->cells);
    memset(screen, 0, sizeof *screen);
}

void screen_clear(struct screen *screen)
{
    for (size_t i = 0; i < (size_t)screen->width * screen->height; i++) {
        screen->cells[i] = (struct screen_cell){' ', STYLE_PLAIN};
    }
}

/* Reads a character and makes it harmless for a cell. */
static uint32_t harmless(const char *at, size_t *size)
{
    uint32_t code = utf8_decode(at, size);
    if (*size == 0) {
        *size = 1;
        return '?';
    }
    return text_steers(code) ? '?' : code;
}

unsigned screen_put(struct screen *screen, unsigned row, unsigned column, unsigned end,
                    enum screen_style style, const char *text)
{
    end = end > screen->width ? screen->width : end;
    if (row >= screen->height || column >= end) {
        return column;
    }
    struct screen_cell *cells = screen->cells + (size_t)row * screen->width;
    unsigned begin = column;
    while (*text != '\0') {
        size_t size;
        uint32_t code = harmless(text, &size);
        unsigned takes = cells_of(code);
        text += size;
        if (takes > end - column) {
            /* The ellipsis replaces the last character, and also its left half if it is wide. */
            column -= column > begin && column == end ? 1 : 0;
            if (column > begin && cells[column].code == 0 && column + 1 == end) {
                cells[column - 1] = (struct screen_cell){' ', (uint8_t)style};
            }
            cells[column++] = (struct screen_cell){ELLIPSIS, (uint8_t)style};
            break;
        }
        if (takes > 0) {
            cells[column++] = (struct screen_cell){code, (uint8_t)style};
        }
        if (takes > 1) {
            cells[column++] = (struct screen_cell){0, (uint8_t)style};
        }
    }
    return column;
}

void screen_paint(struct screen *screen,
                  void (*paint)(void *arg, unsigned row, unsigned column,
                                const struct screen_cell *cells, unsigned count),
                  void *arg)
{
    for (unsigned row = 0; row < screen->height; row++) {
        struct screen_cell *cells = screen->cells + (size_t)row * screen->width;
        struct screen_cell *shown = screen->shown + (size_t)row * screen->width;
        unsigned begin = 0, end = screen->width;
        while (!screen->stale && begin < end && is_same(&cells[begin], &shown[begin])) {
            begin++;
        }
        while (!screen->stale && end > begin && is_same(&cells[end - 1], &shown[end - 1])) {
            end--;
        }
        if (begin == end) {
            continue;
        }
        /* A wide character is painted by its left half, and one half of what was there before is
         * useless, so the run includes both halves. */
        while (begin > 0 && (cells[begin].code == 0 || shown[begin].code == 0)) {
            begin--;
        }
        while (end < screen->width && (cells[end].code == 0 || shown[end].code == 0)) {
            end++;
        }
        paint(arg, row, begin, cells + begin, end - begin);
        memcpy(shown + begin, cells + begin, (end - begin) * sizeof *cells);
    }
    screen->stale = false;
}
