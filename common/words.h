/* words.h: enums and their words in the protocol, a table each; and lists of words, "a|b|c".
 * Pure functions. */
#ifndef MSIWATCH_COMMON_WORDS_H
#define MSIWATCH_COMMON_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Declares TYPE_name and TYPE_parse of an enum; WORDS_OF defines them. */
#define WORDS(type)                                                                                \
    const char *type##_name(enum type value);                                                      \
    int type##_parse(const char *word)

/* Defines TYPE_name and TYPE_parse of an enum whose values count from 0. A value that has no word
 * (NULL in the table: not known) gives NULL, one outside of the table "error"; the parser gives -1
 * for what is no word. */
#define WORDS_OF(type, ...)                                                                        \
    static const char *const type##_words[] = {__VA_ARGS__};                                       \
    const char *type##_name(enum type value)                                                       \
    {                                                                                              \
        return word_at(type##_words, sizeof type##_words / sizeof type##_words[0], (size_t)value); \
    }                                                                                              \
    int type##_parse(const char *word)                                                             \
    {                                                                                              \
        return word_find(type##_words, sizeof type##_words / sizeof type##_words[0], word);        \
    }

static inline const char *word_at(const char *const *words, size_t count, size_t at)
{
    return at < count ? words[at] : "error";
}

static inline int word_find(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (words[i] != NULL && strcmp(words[i], word) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* The next word of a list, which *at is moved behind; false at the end. */
static inline bool words_next(const char **at, const char **word, size_t *size)
{
    *word = *at;
    *size = strcspn(*at, "|");
    *at += *size + ((*at)[*size] == '|');
    return *size > 0;
}

/* Which word of a list it is, from 0 on; -1: none. */
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
