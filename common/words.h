/* words.h: tables of enums and their words in the protocol; and lists of words, "a|b|c". Pure
 * functions. */
#ifndef MSIWATCH_COMMON_WORDS_H
#define MSIWATCH_COMMON_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct words {
    const char *const *words;
    size_t count;
};

/* Declares TYPE_name, TYPE_parse and TYPE_table, their table, of an enum; WORDS_OF defines them. */
#define WORDS(type)                                                                                \
    extern const struct words type##_table;                                                        \
    const char *type##_name(enum type value);                                                      \
    int type##_parse(const char *word)

/* Defines TYPE_name and TYPE_parse of an enum whose values count from 0. TYPE_name returns NULL for
 * a value that has no word (NULL in the table: not known), and "error" for a value outside the
 * table. The parser returns -1 if there is no such word. */
#define WORDS_OF(type, ...)                                                                        \
    static const char *const type##_list[] = {__VA_ARGS__};                                        \
    const struct words type##_table = {type##_list, sizeof type##_list / sizeof type##_list[0]};   \
    const char *type##_name(enum type value)                                                       \
    {                                                                                              \
        return words_name(&type##_table, (size_t)value);                                           \
    }                                                                                              \
    int type##_parse(const char *word)                                                             \
    {                                                                                              \
        return words_parse(&type##_table, word);                                                   \
    }

static inline const char *words_name(const struct words *words, size_t at)
{
    return at < words->count ? words->words[at] : "error";
}

static inline int words_parse(const struct words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (words->words[i] != NULL && strcmp(words->words[i], word) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* Gets the next word of a list and moves *at past it; false at the end. */
static inline bool words_next(const char **at, const char **word, size_t *size)
{
    *word = *at;
    *size = strcspn(*at, "|");
    *at += *size + ((*at)[*size] == '|');
    return *size > 0;
}

/* The index of a word in a list, from 0; -1: it is not in the list. */
static inline int words_place(const char *list, const char *word)
{
    const char *one;
    size_t size;
    for (int place = 0; words_next(&list, &one, &size); place++) {
        if (strlen(word) == size && memcmp(one, word, size) == 0) {
            return place;
        }
    }
    return -1;
}

#endif
