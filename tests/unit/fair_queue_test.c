/* fair_queue_test.c: each owner gets its turn, in its own order, whoever leaves in between. */
#include "unit.h"

#include "base/fair_queue.h"

#include <stdio.h>

enum { MOST = 600 };

struct ask {
    struct fair_entry entry;
    char name[8];
    unsigned owner, number;
    bool waits;
};

static void add(struct fair_queue *queue, struct ask *ask, const char *owner, const char *name)
{
    snprintf(ask->name, sizeof ask->name, "%s", name);
    fair_queue_add(queue, &ask->entry, (uintptr_t)owner);
}

static void must_take(struct fair_queue *queue, const char *name)
{
    struct fair_entry *entry = fair_queue_take(queue);
    assert_true((entry == NULL) == (name == NULL));
    if (entry != NULL) {
        assert_string_equal(LIST_ENTRY(entry, struct ask, entry)->name, name);
    }
}

static void owners_come_in_turn_however_much_one_asks(void **state)
{
    static const char a[] = "a", b[] = "b", c[] = "c";
    struct fair_queue queue;
    struct ask asks[7];
    (void)state;
    fair_queue_init(&queue);
    must_take(&queue, NULL);
    add(&queue, &asks[0], a, "a1");
    add(&queue, &asks[1], a, "a2");
    add(&queue, &asks[2], a, "a3");
    add(&queue, &asks[3], b, "b1");
    add(&queue, &asks[4], b, "b2");
    must_take(&queue, "a1");
    add(&queue, &asks[5], c, "c1");
    must_take(&queue, "b1");
    must_take(&queue, "a2");
    must_take(&queue, "c1");
    add(&queue, &asks[6], c, "c2");
    must_take(&queue, "b2");
    must_take(&queue, "a3");
    must_take(&queue, "c2");
    must_take(&queue, NULL);
}

static void who_leaves_gives_the_turn_to_the_next_of_the_same_owner(void **state)
{
    static const char a[] = "a", b[] = "b";
    struct fair_queue queue;
    struct ask asks[4];
    (void)state;
    fair_queue_init(&queue);
    add(&queue, &asks[0], a, "a1");
    add(&queue, &asks[1], b, "b1");
    add(&queue, &asks[2], a, "a2");
    add(&queue, &asks[3], a, "a3");
    fair_queue_remove(&asks[0].entry);
    fair_queue_remove(&asks[3].entry);
    must_take(&queue, "a2");
    fair_queue_remove(&asks[1].entry);
    must_take(&queue, NULL);
}

/* Each entry is taken once, before later ones of its owner; and with eight owners, each gets every
 * eighth turn. */
static void whatever_comes_and_goes_nobody_waits_longer_than_a_round(void **state)
{
    static struct ask asks[MOST];
    static const char owners[8];
    unsigned count = 0, seed = 1;
    struct fair_queue queue;
    (void)state;
    fair_queue_init(&queue);
    for (unsigned step = 0; step < 20000 && count < MOST; step++) {
        seed = seed * 1103515245 + 12345;
        unsigned roll = seed >> 16;
        if (roll % 9 < 3) {
            struct ask *ask = &asks[count];
            *ask = (struct ask){.owner = roll / 16 % 8, .number = count, .waits = true};
            fair_queue_add(&queue, &ask->entry, (uintptr_t)&owners[ask->owner]);
            count++;
        } else if (roll % 9 == 3 && count > 0) {
            struct ask *ask = &asks[roll / 16 % count];
            if (ask->waits) {
                fair_queue_remove(&ask->entry);
                ask->waits = false;
            }
        } else {
            struct fair_entry *entry = fair_queue_take(&queue);
            struct ask *taken = entry == NULL ? NULL : LIST_ENTRY(entry, struct ask, entry);
            for (unsigned i = 0; i < count; i++) {
                struct ask *other = &asks[i];
                assert_true(taken != NULL || !other->waits);
                if (taken != NULL && other->waits && other->owner == taken->owner) {
                    assert_true(other->number >= taken->number);
                }
            }
            if (taken != NULL) {
                assert_true(taken->waits);
                taken->waits = false;
            }
        }
    }
    assert_int_equal(count, MOST);
    /* All have something in the queue; then eight turns go to eight owners. */
    for (unsigned i = 0; i < MOST; i++) {
        if (asks[i].waits) {
            fair_queue_remove(&asks[i].entry);
        }
    }
    must_take(&queue, NULL);
    for (unsigned i = 0; i < 80; i++) {
        asks[i].owner = i / 10;
        fair_queue_add(&queue, &asks[i].entry, (uintptr_t)&owners[i / 10]);
    }
    for (unsigned round = 0; round < 10; round++) {
        unsigned seen = 0;
        for (unsigned i = 0; i < 8; i++) {
            struct fair_entry *entry = fair_queue_take(&queue);
            assert_non_null(entry);
            seen |= 1u << LIST_ENTRY(entry, struct ask, entry)->owner;
        }
        assert_int_equal(seen, 0xFF);
    }
    must_take(&queue, NULL);
}

int fair_queue_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_come_in_turn_however_much_one_asks),
        cmocka_unit_test(who_leaves_gives_the_turn_to_the_next_of_the_same_owner),
        cmocka_unit_test(whatever_comes_and_goes_nobody_waits_longer_than_a_round),
    };
    return cmocka_run_group_tests_name("fair_queue", tests, NULL, NULL);
}
