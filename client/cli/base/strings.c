/* strings.c: keeps each different text once. */
#include "cli/base/strings.h"

#include <stdlib.h>
#include <string.h>

static uint32_t hash(const char *text)
{
    uint32_t value = UINT32_C(2166136261); /* FNV-1a */
    for (; *text != '\0'; text++) {
        value = (value ^ (unsigned char)*text) * UINT32_C(16777619);
    }
    return value;
}

void strings_release(struct strings *strings)
{
    for (size_t i = 0; i < strings->count; i++) {
        free(strings->items[i]);
    }
    free(strings->items);
    free(strings->table);
    memset(strings, 0, sizeof *strings);
}

/* The slot where the text is, or where it belongs if it is new. */
static uint32_t *strings_slot(const struct strings *strings, const char *text)
{
    size_t slot = hash(text) & (strings->slots - 1);
    while (strings->table[slot] != 0 &&
           strcmp(strings->items[strings->table[slot] - 1], text) != 0) {
        slot = (slot + 1) & (strings->slots - 1);
    }
    return &strings->table[slot];
}

static bool strings_grow(struct strings *strings)
{
    size_t room = strings->room == 0 ? 64 : strings->room * 2;
    char **items = realloc(strings->items, room * sizeof *items);
    if (items == NULL) {
        return false;
    }
    strings->items = items;
    uint32_t *table = calloc(room * 4, sizeof *table);
    if (table == NULL) {
        return false;
    }
    free(strings->table);
    strings->table = table;
    strings->slots = room * 4;
    strings->room = room;
    for (size_t i = 0; i < strings->count; i++) {
        *strings_slot(strings, strings->items[i]) = (uint32_t)i + 1;
    }
    return true;
}

static bool add(struct strings *strings, const char *text, uint32_t *place)
{
    if (strings->count == strings->room && !strings_grow(strings)) {
        return false;
    }
    uint32_t *slot = strings_slot(strings, text);
    if (*slot == 0) {
        size_t size = strlen(text) + 1;
        char *copy = malloc(size);
        if (copy == NULL) {
            return false;
        }
        memcpy(copy, text, size);
        strings->items[strings->count++] = copy;
        *slot = (uint32_t)strings->count;
    }
    *place = *slot - 1;
    return true;
}

uint32_t strings_place(struct strings *strings, const char *text)
{
    uint32_t place = 0;
    if ((strings->count == 0 && !add(strings, "", &place)) || !add(strings, text, &place)) {
        strings->failed = true;
        return 0;
    }
    return place;
}
