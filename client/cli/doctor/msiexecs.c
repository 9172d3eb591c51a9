/* msiexecs.c: lists the msiexec processes that run. */
#include "cli/doctor/msiexecs.h"

#include "cli/base/time_text.h"
#include "common/utf8.h"

#include <inttypes.h>
#include <string.h>

static uint64_t age_of(const struct process_entry *process, int64_t now_ms)
{
    int64_t began_ms = process_began_ms(process);
    return began_ms != 0 && began_ms < now_ms ? (uint64_t)(now_ms - began_ms) : 0;
}

static void add(struct doctor_facts *facts, const struct process_list *list,
                const struct process_entry *process, int64_t now_ms)
{
    const struct process_entry *parent = process_list_parent(list, process);
    struct msiexec *into = &facts->msiexec[facts->msiexecs];
    *into = (struct msiexec){.pid = process->pid,
                             .session = process->session,
                             .parent = parent == NULL ? 0 : parent->pid,
                             .age_ms = age_of(process, now_ms),
                             .cpu_ms = process->cpu / 10000};
    if (parent != NULL) {
        struct chain chain; /* without paths, because the given calls have no `image` */
        process_list_chain(list, parent, &chain);
        utf8_copy(into->parent_image, sizeof into->parent_image, chain.processes[0].image);
    }
}

void msiexecs_read(struct doctor_facts *facts, const struct process_calls *calls,
                   uint32_t msiserver_pid, int64_t now_ms)
{
    struct process_list list;
    struct process_calls names = *calls;
    names.image = NULL;
    process_list_init(&list, &names);
    facts->processes_known = process_list_look(&list) == 0;
    facts->msiexecs = 0;
    for (size_t i = 0; i < list.count; i++) {
        if (!process_named(&list.processes[i], "msiexec.exe")) {
            continue;
        }
        if (facts->msiexecs < FACTS_MSIEXECS) {
            add(facts, &list, &list.processes[i], now_ms);
            facts->msiexec[facts->msiexecs].server = msiserver_pid != 0 &&
                                                     list.processes[i].pid == msiserver_pid;
        }
        facts->msiexecs++;
    }
    process_list_release(&list);
}

void msiexecs_report(const struct doctor_facts *facts, struct report *report)
{
    if (!facts->processes_known || facts->msiexecs == 0) {
        report_fact(report, "msiexec",
                    facts->processes_known ? "none is running" : "the processes cannot be listed");
    }
    for (size_t i = 0; i < facts->msiexecs && i < FACTS_MSIEXECS; i++) {
        const struct msiexec *one = &facts->msiexec[i];
        struct text value = {0};
        text_addf(&value, "pid %" PRIu32 "%s, session %" PRIu32 ", running for ", one->pid,
                  one->server ? " (msiserver)" : "", one->session);
        if (one->age_ms == 0) {
            text_add(&value, "an unknown time");
        } else {
            text_add_duration(&value, one->age_ms);
        }
        text_addf(&value, ", %" PRIu64 " ms of CPU, ", one->cpu_ms);
        if (one->parent == 0) {
            text_add(&value, "parent has ended");
        } else {
            text_addf(&value, "parent %" PRIu32 " %s", one->parent, one->parent_image);
        }
        report_fact(report, "msiexec", value.data);
        text_release(&value);
    }
    if (facts->msiexecs > FACTS_MSIEXECS) {
        report_fact(report, "msiexec", "and more");
    }
}
