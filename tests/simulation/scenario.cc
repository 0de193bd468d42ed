#include "tests/simulation/scenario.h"

#include "tests/simulation/network.h"

namespace pcq::simulation {
namespace {

constexpr Duration kFaultsLast{12'000};
constexpr Duration kUndecidedLasts{75'000};  // some thirty-five views
constexpr Duration kProgressReturnsIn{180'000};

// n with every remainder of 3, since only n = 3f + 1 makes two quorums meet in exactly f + 1.
const std::vector<Scenario> kNetworks{
    {"calm", 4, {}, 20},
    {"slow_lines", 4, {.loss = 0.02, .delay_ms = 4'000}, 20},
    {"loss", 4, {.loss = 0.1, .duplicate = 0.05}, 80},
    {"corruption", 4, {.loss = 0.02, .corruption = 0.1}, 40},
    {"partitions", 4, {.loss = 0.02, .partitions = 4}, 80},
    {"crashes", 4, {.loss = 0.02, .duplicate = 0.02, .crashes = 5}, 120},
    {"clocks", 4, {.loss = 0.02, .crashes = 1, .clock_jumps = 5}, 60},
    {"everything",
     4,
     {.loss = 0.08, .duplicate = 0.05, .corruption = 0.02, .partitions = 3, .crashes = 3, .clock_jumps = 1},
     150},
    {"lost_votes", 4, {.loss = 0.05, .crashes = 2, .forget_votes = true}, 60},
    {"old_votes", 4, {.loss = 0.05, .crashes = 3, .roll_back_votes = true}, 60},
    {"five", 5, {.loss = 0.05, .duplicate = 0.05, .partitions = 2, .crashes = 2}, 60},
    {"six", 6, {.loss = 0.05, .partitions = 2, .crashes = 2}, 40},
    {"seven", 7, {.loss = 0.05, .duplicate = 0.05, .partitions = 2, .crashes = 3}, 60},
    {"eight", 8, {.loss = 0.05, .partitions = 2, .crashes = 2}, 30},
    {"nine", 9, {.loss = 0.05, .partitions = 2, .crashes = 3}, 30},
    {"ten", 10, {.loss = 0.05, .partitions = 2, .crashes = 3, .clock_jumps = 1}, 30}};

const std::vector<Scenario> kLiars{

    {"silent", 4, {.loss = 0.02, .byzantine = Behaviour::silent}, 30},
    {"equivocating", 4, {.loss = 0.02, .partitions = 1, .byzantine = Behaviour::equivocating}, 80},
    {"invalid_blocks", 4, {.loss = 0.02, .byzantine = Behaviour::invalid_blocks}, 30},
    {"slow", 4, {.loss = 0.02, .byzantine = Behaviour::slow}, 40},
    {"stingy", 4, {.loss = 0.02, .byzantine = Behaviour::stingy}, 40},
    {"withholding", 4, {.loss = 0.02, .byzantine = Behaviour::withholding}, 40},
    {"hoarding", 4, {.loss = 0.02, .byzantine = Behaviour::hoarding, .power_cuts = 5}, 80},
    {"secretive", 4, {.loss = 0.02, .partitions = 2, .byzantine = Behaviour::secretive}, 40},
    {"selective", 4, {.partitions = 1, .byzantine = Behaviour::selective}, 60},
    {"fickle", 4, {.loss = 0.02, .partitions = 2, .byzantine = Behaviour::fickle}, 60},
    {"overriding", 4, {.loss = 0.3, .partitions = 2, .byzantine = Behaviour::overriding}, 60},
    {"flooding", 4, {.loss = 0.02, .byzantine = Behaviour::flooding}, 10},
    {"false_blocks",
     4,
     {.loss = 0.1, .partitions = 3, .byzantine = Behaviour::selective, .false_blocks = true},
     60},
    {"anything",
     4,
     {.loss = 0.02, .partitions = 2, .crashes = 1, .byzantine = Behaviour::anything, .false_blocks = true},
     120},
    {"five_equivocating", 5, {.loss = 0.02, .byzantine = Behaviour::equivocating}, 40},
    {"six_anything", 6, {.partitions = 2, .byzantine = Behaviour::anything}, 30},
    {"seven_equivocating",
     7,
     {.loss = 0.02, .partitions = 1, .crashes = 1, .byzantine = Behaviour::equivocating, .liars = 2},
     60},
    {"seven_anything",
     7,
     {.loss = 0.02, .partitions = 2, .byzantine = Behaviour::anything, .liars = 2, .false_blocks = true},
     60},
    {"seven_fickle", 7, {.partitions = 2, .byzantine = Behaviour::fickle, .liars = 2}, 30},
    {"seven_flooding", 7, {.byzantine = Behaviour::flooding, .liars = 2}, 4},
    {"ten_anything", 10, {.loss = 0.02, .partitions = 1, .byzantine = Behaviour::anything, .liars = 3}, 30},
    {"forging", 4, {.loss = 0.2, .partitions = 2, .byzantine = Behaviour::forging}, 80},
    {"five_forging", 5, {.loss = 0.2, .partitions = 2, .byzantine = Behaviour::forging}, 40},
    {"seven_forging", 7, {.loss = 0.2, .partitions = 2, .byzantine = Behaviour::forging, .liars = 2}, 40},
    {"replaying", 4, {.loss = 0.1, .partitions = 2, .byzantine = Behaviour::replaying}, 40},
    {"seven_replaying",
     7,
     {.loss = 0.1, .partitions = 2, .crashes = 1, .byzantine = Behaviour::replaying, .liars = 2},
     30},
    {"one_away",
     7,
     {.loss = 0.02, .byzantine = Behaviour::fickle, .false_blocks = true, .one_away = true},
     30}};

// Heights that do not end for many views.
const std::vector<Scenario> kUndecided{
    {"undecided", 4, {.loss = 0.02, .crashes = 3, .power_cuts = 1, .undecided = true}, 20},
    {"undecided_anything", 4, {.loss = 0.02, .byzantine = Behaviour::anything, .undecided = true}, 20},
    {"undecided_forging", 4, {.crashes = 2, .byzantine = Behaviour::forging, .undecided = true}, 20},
    {"undecided_hoarding", 4, {.byzantine = Behaviour::hoarding, .power_cuts = 5, .undecided = true}, 20},
    {"seven_undecided",
     7,
     {.loss = 0.02, .partitions = 2, .byzantine = Behaviour::fickle, .liars = 2, .undecided = true},
     10}};

// Row 18: the set changes at one height for all, whatever fails meanwhile.
const std::vector<Scenario> kMembers{
    {"members", 4, {.loss = 0.05, .duplicate = 0.05, .partitions = 2, .changes = 3}, 60},
    {"members_crashes",
     4,
     {.loss = 0.02, .crashes = 6, .torn_writes = true, .power_cuts = 1, .changes = 3},
     60},
    {"members_stubborn", 4, {.loss = 0.1, .partitions = 2, .crashes = 2, .changes = 3, .stubborn = true}, 60},
    {"seven_members", 7, {.loss = 0.05, .partitions = 2, .crashes = 3, .changes = 3}, 30},
    {"members_equivocating",
     4,
     {.loss = 0.02, .partitions = 1, .crashes = 1, .byzantine = Behaviour::equivocating, .changes = 3},
     60},
    {"members_secretive",
     4,
     {.loss = 0.3, .partitions = 2, .byzantine = Behaviour::secretive, .changes = 3},
     80},
    {"members_anything",
     4,
     {.loss = 0.02, .partitions = 2, .byzantine = Behaviour::anything, .false_blocks = true, .changes = 3},
     60},
    {"members_forging",
     4,
     {.loss = 0.1, .partitions = 2, .byzantine = Behaviour::forging, .changes = 3, .stubborn = true},
     60},
    {"members_replaying",
     4,
     {.loss = 0.1, .crashes = 2, .byzantine = Behaviour::replaying, .changes = 3, .stubborn = true},
     60},
    {"seven_members_anything",
     7,
     {.loss = 0.02,
      .partitions = 2,
      .crashes = 1,
      .byzantine = Behaviour::anything,
      .liars = 2,
      .false_blocks = true,
      .changes = 3},
     30}};

const std::vector<Scenario> kTwins{
    {"twins", 4, {.loss = 0.02, .partitions = 5, .crashes = 2, .twins = 1}, 80},
    {"five_twins", 5, {.loss = 0.02, .partitions = 5, .crashes = 2, .twins = 1}, 40},
    {"seven_twins", 7, {.loss = 0.02, .partitions = 6, .crashes = 3, .twins = 2}, 60},
    {"seven_twin_and_liar",
     7,
     {.loss = 0.02,
      .partitions = 4,
      .crashes = 2,
      .byzantine = Behaviour::anything,
      .liars = 1,
      .false_blocks = true,
      .twins = 1},
     40}};

const std::vector<Scenario> kDisks{
    {"torn_writes", 4, {.loss = 0.02, .crashes = 4, .torn_writes = true}, 80},
    {"full_disks", 4, {.loss = 0.02, .crashes = 2, .full_disks = true}, 40},
    {"power_cuts", 4, {.loss = 0.02, .crashes = 1, .torn_writes = true, .power_cuts = 5}, 80},
    {"amnesia", 4, {.loss = 0.05, .crashes = 10, .amnesiacs = 1}, 80},
    {"seven_amnesia",
     7,
     {.loss = 0.02,
      .partitions = 1,
      .crashes = 10,
      .byzantine = Behaviour::replaying,
      .liars = 1,
      .amnesiacs = 1},
     40},
    {"rotting", 4, {.loss = 0.05, .crashes = 10, .rotting = 1}, 80},
    {"seven_rotting",
     7,
     {.loss = 0.02,
      .partitions = 1,
      .crashes = 10,
      .byzantine = Behaviour::equivocating,
      .liars = 1,
      .rotting = 1},
     40},
    {"ten_worst",
     10,
     {.loss = 0.04,
      .duplicate = 0.02,
      .corruption = 0.02,
      .partitions = 3,
      .crashes = 8,
      .clock_jumps = 0,
      .byzantine = Behaviour::anything,
      .liars = 1,
      .false_blocks = true,
      .twins = 1,
      .rotting = 1,
      .torn_writes = true,
      .full_disks = true,
      .power_cuts = 1},
     30}};

const std::vector<Scenario> kReal{

    {"contracts",
     4,
     {.loss = 0.05, .duplicate = 0.05, .partitions = 2, .crashes = 3, .real_ledger = true},
     20},
    {"contracts_five", 5, {.loss = 0.05, .crashes = 3, .real_ledger = true}, 10},
    {"contracts_two_faced_primary",
     7,
     {.loss = 0.02, .crashes = 1, .byzantine = Behaviour::equivocating, .real_ledger = true},
     5},
    {"contracts_invalid_blocks",
     4,
     {.loss = 0.02, .byzantine = Behaviour::invalid_blocks, .real_ledger = true},
     5},
    {"real_signatures", 4, {.loss = 0.05, .crashes = 2, .real_ledger = true, .real_signatures = true}, 3}};

}  // namespace

const std::vector<Scenario>& scenarios() {
    static const std::vector<Scenario> all = [] {
        std::vector<Scenario> found;
        for (const auto* group : {&kNetworks, &kMembers, &kLiars, &kTwins, &kDisks, &kReal, &kUndecided})
            found.insert(found.end(), group->begin(), group->end());
        return found;
    }();
    return all;
}

Outcome run(const Scenario& scenario, std::uint64_t seed) {
    Faults faults = scenario.faults;
    faults.pipelining = Pipelining{static_cast<std::uint8_t>(seed % 3)};
    faults.recorded = seed % 5 == 0 && !faults.undecided;  // replayed by the usual time-outs
    Network network(seed, scenario.validators, faults);
    const Instant start = network.now();
    network.run_until_height(12, faults.undecided ? kUndecidedLasts : kFaultsLast);
    network.heal();
    const std::uint64_t goal =
        scenario.faults.one_away ? network.highest_height() : network.lowest_height() + 5;
    network.run_until_height(goal, kProgressReturnsIn);
    network.check_states();
    network.check_recordings();
    Outcome outcome{network.violation(), network.counts(), network.now() - start};
    if (!outcome.failure.empty()) return outcome;
    if (network.lowest_height() < goal)
        outcome.failure = "no progress after the faults stopped" + network.describe();
    if (scenario.faults.real_ledger && network.cash_uy() <= 0) outcome.failure = "nothing was traded";
    return outcome;
}

}  // namespace pcq::simulation
