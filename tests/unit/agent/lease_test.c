#include "agent/lease.h"

#include <sys/wait.h>

#include "server/base/clock.h"
#include "tests/support/folder.h"

static struct error error;

static struct lease_options options_of(struct id owner)
{
    return (struct lease_options){.directory = folder_path(""), .owner = owner, .ttl_seconds = 45};
}

static struct lease claim(struct id owner)
{
    struct lease lease = {0};
    const struct lease_options options = options_of(owner);
    assert_true(lease_claim(&options, &lease, &error));
    return lease;
}

static bool can_claim(void)
{
    struct lease lease;
    const struct lease_options options = options_of(id_new());
    if (!lease_claim(&options, &lease, &error))
        return false;
    lease_release(&lease);
    return true;
}

static void write_owner(const char *host, int pid, double expires_at)
{
    folder_write("owner_lease.json",
                 arena_printf(&folder.arena,
                              "{\"owner_instance_id\": \"other\", \"generation\": 3, "
                              "\"expires_at\": %f, \"owner_host\": \"%s\", \"owner_pid\": %d}",
                              expires_at, host, pid)
                     .data);
}

static double now(void)
{
    return (double)clock_wall_us() / 1e6;
}

static void a_lease_keeps_others_out_until_it_is_released(void **state)
{
    (void)state;
    struct lease lease = claim(id_new());
    assert_int_equal(lease.generation, 1);
    assert_true(lease_is_held(&lease));
    assert_false(can_claim());
    assert_int_equal(error.code, ERROR_CONFLICT);
    lease_release(&lease);
    assert_false(folder_has("owner_lease.json"));
    assert_true(can_claim());
    lease_release(&lease);
}

static void its_owner_may_claim_again(void **state)
{
    (void)state;
    const struct id owner = id_new();
    struct lease first = claim(owner);
    struct lease second = claim(owner);
    assert_int_equal(second.generation, 1);
    lease_release(&second);
    lease_release(&first);
}

static void a_lease_that_has_expired_is_taken_over(void **state)
{
    (void)state;
    write_owner("elsewhere", 1, now() - 1);
    struct lease lease = claim(id_new());
    assert_int_equal(lease.generation, 4);
    lease_release(&lease);
}

static void a_lease_of_another_host_is_respected(void **state)
{
    (void)state;
    write_owner("elsewhere", 2000000000, now() + 40);
    assert_false(can_claim());
}

static void a_lease_of_a_dead_process_is_taken_over(void **state)
{
    (void)state;
    char host[256];
    const pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(gethostname(host, sizeof(host)), 0);
    write_owner(host, child, now() + 40);
    assert_true(can_claim());
}

static void a_damaged_lease_is_none(void **state)
{
    (void)state;
    folder_write("owner_lease.json", "{\"owner_instance_id\":");
    assert_true(can_claim());
}

static void a_lease_that_was_taken_is_lost(void **state)
{
    (void)state;
    struct lease lease = claim(id_new());
    write_owner("elsewhere", 1, now() + 40);
    assert_false(lease_is_held(&lease));
    assert_false(lease_renew(&lease, &error));
    assert_int_equal(error.code, ERROR_GONE);
    lease_release(&lease);
    assert_true(folder_has("owner_lease.json"));
}

static void a_renewed_lease_is_held(void **state)
{
    (void)state;
    struct lease lease = claim(id_new());
    assert_true(lease_renew(&lease, &error));
    assert_true(lease_is_held(&lease));
    assert_int_equal(lease.generation, 1);
    lease_release(&lease);
}

static void without_a_time_there_are_no_leases(void **state)
{
    (void)state;
    struct lease lease;
    struct lease_options options = options_of(id_new());
    options.ttl_seconds = 0;
    assert_true(lease_claim(&options, &lease, &error));
    assert_true(lease_is_held(&lease));
    assert_true(lease_renew(&lease, &error));
    lease_release(&lease);
    assert_false(folder_has("owner_lease.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_open, folder_close)
        TEST(a_lease_keeps_others_out_until_it_is_released),
        TEST(its_owner_may_claim_again),
        TEST(a_lease_that_has_expired_is_taken_over),
        TEST(a_lease_of_another_host_is_respected),
        TEST(a_lease_of_a_dead_process_is_taken_over),
        TEST(a_damaged_lease_is_none),
        TEST(a_lease_that_was_taken_is_lost),
        TEST(a_renewed_lease_is_held),
        TEST(without_a_time_there_are_no_leases),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
