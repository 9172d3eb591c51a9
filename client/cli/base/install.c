/* install.c: what the protocol says of an installation. */
#include "cli/base/install.h"

#include "cli/base/show.h"
#include "common/utf8.h"

#include <stdio.h>
#include <string.h>
#include <yyjson.h>

static void copy(char *out, size_t size, yyjson_val *install, const char *name)
{
    utf8_copy(out, size, yyjson_get_str(yyjson_obj_get(install, name)));
}

bool install_read(struct install *install, const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    yyjson_val *value = yyjson_obj_get(yyjson_doc_get_root(doc), "install");
    const char *package = yyjson_get_str(yyjson_obj_get(value, "package"));
    bool found = yyjson_is_obj(value);
    copy(install->product, sizeof install->product, value, "product");
    copy(install->version, sizeof install->version, value, "version");
    copy(install->action, sizeof install->action, value, "action");
    copy(install->result, sizeof install->result, value, "result");
    utf8_copy(install->package, sizeof install->package,
              package == NULL ? NULL : show_base_name(package));
    install->further = yyjson_get_uint(yyjson_obj_get(value, "further"));
    install->untrusted = yyjson_is_false(yyjson_obj_get(value, "trusted"));
    yyjson_doc_free(doc);
    return found;
}

bool install_names_period(const struct install *install)
{
    return !install->untrusted && strcmp(install->result, "collision") != 0;
}

const char *install_doing(const struct install *install)
{
    static const char *const words[][2] = {
        {"remove", "removing"}, {"change", "changing"}, {"update", "updating"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(install->action, words[i][0]) == 0) {
            return words[i][1];
        }
    }
    return "installing";
}

void install_name(const struct install *install, char name[MSIWATCH_TEXT_SIZE])
{
    const char *what = install->product[0] != '\0' ? install->product : install->package;
    bool versioned = install->product[0] != '\0' && install->version[0] != '\0';
    char whole[MSIWATCH_TEXT_SIZE + MSIWATCH_NAME_SIZE + 1];
    snprintf(whole, sizeof whole, "%s%s%s", what, versioned ? " " : "",
             versioned ? install->version : "");
    utf8_copy(name, MSIWATCH_TEXT_SIZE, whole);
}
