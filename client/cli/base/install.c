/* install.c: reads what the protocol says about an installation. */
#include "cli/base/install.h"

#include "cli/base/show.h"
#include "common/model.h"
#include "common/utf8.h"

#include <stdio.h>
#include <string.h>
#include <yyjson.h>

static void copy(char *out, size_t size, yyjson_val *install, const char *name)
{
    utf8_copy(out, size, yyjson_get_str(yyjson_obj_get(install, name)));
}

static void copy_base_name(char *out, size_t size, yyjson_val *path)
{
    const char *text = yyjson_get_str(path);
    utf8_copy(out, size, text == NULL ? NULL : show_base_name(text));
}

static void read_processes(struct told_install *install, yyjson_val *value)
{
    yyjson_arr_iter each = yyjson_arr_iter_with(yyjson_obj_get(value, "chain"));
    install->client_pid = (uint32_t)yyjson_get_uint(yyjson_obj_get(value, "client_pid"));
    install->chain_count = 0;
    for (yyjson_val *one;
         install->chain_count < INSTALL_CHAIN && (one = yyjson_arr_iter_next(&each)) != NULL;) {
        install->chain[install->chain_count++] = (uint32_t)yyjson_get_uint(
            yyjson_obj_get(one, "pid"));
    }
    copy_base_name(install->started_by, sizeof install->started_by,
                   yyjson_obj_get(yyjson_obj_get(value, "started_by"), "image"));
}

bool install_from(struct told_install *install, yyjson_val *root)
{
    yyjson_val *value = yyjson_obj_get(root, "install");
    yyjson_val *status = yyjson_obj_get(value, "status");
    const char *started_at = yyjson_get_str(yyjson_obj_get(value, "started_at"));
    copy(install->product, sizeof install->product, value, "product");
    copy(install->version, sizeof install->version, value, "version");
    copy(install->action, sizeof install->action, value, "action");
    copy(install->result, sizeof install->result, value, "result");
    copy(install->reboot, sizeof install->reboot, value, "reboot");
    copy(install->product_code, sizeof install->product_code, value, "product_code");
    copy_base_name(install->package, sizeof install->package, yyjson_obj_get(value, "package"));
    install->further = yyjson_get_uint(yyjson_obj_get(value, "further"));
    install->untrusted = yyjson_is_false(yyjson_obj_get(value, "trusted"));
    install->status_known = yyjson_is_uint(status);
    install->status = yyjson_get_uint(status);
    install->started_at_ms = 0;
    if (started_at != NULL) {
        time_parse(started_at, &install->started_at_ms);
    }
    read_processes(install, value);
    if (!yyjson_is_obj(value)) {
        yyjson_val *starter = yyjson_obj_get(yyjson_obj_get(root, "mutex"), "owner_started_by");
        copy_base_name(install->started_by, sizeof install->started_by,
                       yyjson_obj_get(starter, "image"));
    }
    return yyjson_is_obj(value);
}

bool install_read(struct told_install *install, const char *json)
{
    yyjson_doc *doc = yyjson_read(json, strlen(json), YYJSON_READ_NOFLAG);
    bool found = install_from(install, yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    return found;
}

bool install_names_period(const struct told_install *install)
{
    return !install->untrusted && strcmp(install->result, "collision") != 0;
}

const char *install_doing(const struct told_install *install)
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

void install_name(const struct told_install *install, char name[MSIWATCH_TEXT_SIZE])
{
    const char *what = install->product[0] != '\0' ? install->product : install->package;
    bool versioned = install->product[0] != '\0' && install->version[0] != '\0';
    char whole[MSIWATCH_TEXT_SIZE + MSIWATCH_NAME_SIZE + 1];
    snprintf(whole, sizeof whole, "%s%s%s", what, versioned ? " " : "",
             versioned ? install->version : "");
    utf8_copy(name, MSIWATCH_TEXT_SIZE, whole);
}
