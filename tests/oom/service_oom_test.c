/* service_oom_test.c: memory runs out while the service is made: the n-th allocation fails, n from
 * 1 until it starts. Each time it says so with a code and leaves nothing behind: no memory, no
 * descriptor, no socket. libuv's own allocations are spared: what it cannot do without ends the
 * process (connection_oom_test.c).
 */
#include "unit.h"

#include "allocator.h"
#include "service.h"
#include "test_clock.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

static int no_sensors(struct sampler *sampler, struct install_log *records, void *sensors)
{
    (void)sampler;
    (void)records;
    (void)sensors;
    return 0;
}

static unsigned descriptors(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

/* True when it started, and stopped again as it should. */
static bool make(const struct service_config *config, size_t n)
{
    struct service *service = NULL;
    allocator_fail(n, 1);
    int error = service_new(&service, config);
    size_t failed = allocator_failed();
    allocator_fail(0, 0);
    if (error != 0) {
        must(failed > 0, "without memory failing: %s", uv_strerror(error));
        must(error == UV_ENOMEM, "allocation %zu: %s", n, uv_strerror(error));
        return false;
    }
    service_ask_stop(service);
    service_run(service);
    assert_true(service_free(service));
    return failed == 0;
}

static void a_service_that_cannot_be_made_leaves_nothing_behind(void **state)
{
    struct settings settings;
    (void)state;
    test_clock_run();
    settings_init(&settings);
    snprintf(settings.pipe, sizeof settings.pipe, "/tmp/msiwatch-service-oom-%d", (int)getpid());
    struct service_config config = {.settings = &settings, .add_sensors = no_sensors};
    assert_true(make(&config, 0)); /* what is made once and stays is made now */
    struct allocator_live before = allocator_live();
    unsigned open = descriptors();
    size_t n = 0;
    bool made = false;
    while (!made) {
        n++;
        made = make(&config, n);
        struct allocator_live now = allocator_live();
        must(now.blocks == before.blocks, "allocation %zu: %lld blocks are left", n,
             (long long)(now.blocks - before.blocks));
        must(descriptors() == open, "allocation %zu: %u descriptors are left", n,
             descriptors() - open);
        must(access(settings.pipe, F_OK) != 0, "allocation %zu: the socket is left", n);
        must(n < 1000, "it never starts");
    }
    print_message("%zu allocations\n", n - 1);
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_that_cannot_be_made_leaves_nothing_behind),
    };
    if (allocator_spare_libuv() != 0) {
        return 1;
    }
    return cmocka_run_group_tests_name("oom.service", tests, NULL, NULL);
}
