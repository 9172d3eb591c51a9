/* run.c: runs the program under test together with the fake service. */
#include "fake.h"

#include "client_test.h"

#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#define MOST_ARGUMENTS 24u

/* Longer than any script takes. */
#define PROGRAM_LIMIT_MS 30000u

static bool has_json(const char *const *arguments)
{
    bool found = false;
    for (; *arguments != NULL && strcmp(*arguments, "--") != 0; arguments++) {
        found = found || strcmp(*arguments, "--json") == 0;
    }
    return found;
}

void run_with_arguments(struct run *run, const struct step *script, const char *const *arguments)
{
    const char *all[MOST_ARGUMENTS] = {"--pipe"};
    size_t count = 2;
    run->json = has_json(arguments);
    run->fake = fake_new(script);
    assert_non_null(run->fake);
    all[1] = fake_name(run->fake);
    while (*arguments != NULL && count + 1 < MOST_ARGUMENTS) {
        all[count++] = *arguments++;
    }
    struct sys_process *program = sys_spawn(msiwatch_program, all, NULL);
    fake_go(run->fake, program);
    /* The fake may still use the program, so wait for the fake first. Then the program ends by
     * itself, because its service is gone. */
    const char *wrong = fake_finish(run->fake);
    run->code = sys_reap(program, PROGRAM_LIMIT_MS, &run->out, &run->err);
    must(wrong[0] == '\0', "the fake service: %s\nmsiwatch printed: %s%s", wrong, run->out,
         run->err);
}

void run_alone_arguments(struct run *run, const char *pipe_variable, const char *const *arguments)
{
    run->json = has_json(arguments);
    run->fake = NULL;
    struct sys_process *program = sys_spawn(msiwatch_program, arguments, pipe_variable);
    run->code = sys_reap(program, PROGRAM_LIMIT_MS, &run->out, &run->err);
}

void run_free(struct run *run)
{
    fake_free(run->fake);
    free(run->out);
    free(run->err);
}

void must_end_with(const struct run *run, uint32_t code)
{
    must(run->code == (int64_t)(code & sys_code_mask),
         "exit code %lld instead of %u; printed: %s%s", (long long)run->code, (unsigned)code,
         run->out, run->err);
}

void must_print(const struct run *run, const char *part)
{
    if (part == NULL) {
        must(run->out[0] == '\0', "printed: %s", run->out);
    } else {
        must(strstr(run->out, part) != NULL, "\"%s\" is not in: %s", part, run->out);
    }
}

/* With --json, the message in an object with the exit code; otherwise the message after the
 * program's name. */
static const char *words_of(const struct run *run, yyjson_doc *doc)
{
    if (!run->json) {
        must(strncmp(run->err, "msiwatch: ", 10) == 0, "does not say who complains: %s", run->err);
        return run->err;
    }
    yyjson_val *root = yyjson_doc_get_root(doc), *error = yyjson_obj_get(root, "error");
    const char *words = yyjson_get_str(
        yyjson_obj_get(error != NULL ? error : root, error != NULL ? "message" : "notice"));
    must(words != NULL && yyjson_obj_size(root) == 1, "no error and no notice: %s", run->err);
    must(error == NULL || (yyjson_get_uint(yyjson_obj_get(error, "code")) & sys_code_mask) ==
                              (uint64_t)run->code,
         "not the exit code: %s", run->err);
    return words;
}

void must_complain(const struct run *run, const char *part)
{
    const char *newline = strchr(run->err, '\n');
    yyjson_doc *doc = yyjson_read(run->err, strlen(run->err), YYJSON_READ_NOFLAG);
    must(newline != NULL && newline[1] == '\0', "not one line: %s", run->err);
    const char *words = words_of(run, doc);
    must(strstr(words, "; ") != NULL, "does not say what to do: %s", words);
    must(strstr(words, part) != NULL, "\"%s\" is not in: %s", part, words);
    yyjson_doc_free(doc);
}
