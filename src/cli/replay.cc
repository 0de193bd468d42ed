// pcq node replay: a recording of a node's replica, told event by event by the same state machine.
#include <fstream>
#include <iostream>
#include <sstream>

#include "consensus/flight.h"
#include "src/base/hex.h"
#include "src/cli/commands.h"

namespace pcq::cli {
namespace {

using consensus::Replayed;

std::string short_hash(const Bytes& hash) {
    return hash.empty() ? "-" : to_hex(hash).substr(0, 12);
}

std::string place(std::uint64_t height, std::uint32_t view) {
    return std::to_string(height) + "/" + std::to_string(view);
}

std::string told(const proto::FlightEvent& event) {
    switch (event.event_case()) {
        case proto::FlightEvent::kStart:
            return event.start().fresh() ? "started, new" : "started";
        case proto::FlightEvent::kReceived: {
            const auto& message = event.received();
            const char* kind = message.has_pre_prepare()   ? "pre-prepare"
                               : message.has_prepare()     ? "prepare"
                               : message.has_commit()      ? "commit"
                               : message.has_view_change() ? "view change"
                                                           : "status";
            return std::string(kind) + " " +
                   place(consensus::height_of(message), consensus::view_of(message)) + " of validator " +
                   std::to_string(message.sender());
        }
        case proto::FlightEvent::kTick:
            return "timer";
        case proto::FlightEvent::kWork:
            return event.work() ? "there is work" : "there is no work";
        case proto::FlightEvent::kBuilt:
            return "a block was built";
        case proto::FlightEvent::kExecuted:
            return "block " + short_hash(event.executed().block()) +
                   (event.executed().valid() ? " holds" : " does not hold");
        case proto::FlightEvent::kFetched:
            return "a block was fetched";
        case proto::FlightEvent::kAdvanced:
            return "block " + std::to_string(event.advanced().height()) + " is stored";
        case proto::FlightEvent::EVENT_NOT_SET:
            break;
    }
    return "?";
}

std::string done(const proto::FlightEffects& effects) {
    std::string text;
    const auto add = [&text](const std::string& one) { text += (text.empty() ? "" : "; ") + one; };
    for (const auto& word : effects.said())
        if (word.kind() != "status")
            add("says " + word.kind() + " " + place(word.height(), word.view()) + " " +
                short_hash(word.block()));
    if (effects.build()) add("asks for a block");
    for (const auto& block : effects.execute()) add("asks to execute " + short_hash(block));
    if (!effects.decide().empty()) add("decides " + short_hash(effects.decide()));
    if (effects.fetch() != 0) add("asks for blocks up to " + std::to_string(effects.fetch()));
    if (effects.evidence() != 0) add("has evidence");
    if (const auto code = code_from_number(effects.ignored()); effects.ignored() != 0)
        add("ignores it: " + std::string(code ? name(*code) : "unknown"));
    return text;
}

void print(const proto::FlightEvent& event, const proto::FlightEffects& effects, const char* mark) {
    const std::string what = done(effects);
    std::cout << time_text(boost::json::value(event.at_ms())) << "  "
              << place(effects.height(), effects.view()) << "  " << told(event)
              << (what.empty() ? "" : "  ->  " + what) << mark << "\n";
}

Exit replay(const std::string& file, bool all) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    if (!in || !(content << in.rdbuf()))
        return fail(
            Error{Code::bad_argument, "cannot read " + file + ": does it exist, and may you read it?"});
    const auto flight = consensus::decode_flight(content.str());
    if (!flight) return fail(Error{flight.error().code, file + ": " + flight.error().message});
    std::cout << "chain " << flight->chain() << ", written because of: " << flight->reason() << ", "
              << flight->events_size() << " events"
              << "\n";
    std::size_t number = 0;
    std::optional<std::size_t> differs;
    std::optional<consensus::Waiting> waiting;
    const auto result = consensus::replay(*flight, [&](const Replayed& step) {
        ++number;
        waiting = step.waiting;
        if (!step.is_same && !differs) differs = number;
        if (all || !done(step.effects).empty() || !step.is_same)
            print(step.event, step.effects, step.is_same ? "" : "  (DIFFERS)");
    });
    if (!result) return fail(result.error());
    if (flight->dropped() > 0)
        std::cout << flight->dropped() << " more events of the last height had no room in the recording\n";
    if (flight->last_size() > 0)
        std::cout
            << "the last events, as they were recorded; for want of those before they are not replayed:\n";
    for (const auto& event : flight->last()) {
        if (all || !done(event.effects()).empty()) print(event, event.effects(), "");
    }
    if (waiting) {
        std::cout << (flight->last_size() > 0 ? "where the replay ended: height " : "at the end: height ")
                  << waiting->height << ", view " << waiting->view << ", " << waiting->heard.size()
                  << " heard; missing:";
        for (const auto validator : waiting->missing) std::cout << " " << validator;
        std::cout << "\n";
    }
    if (!differs) return Exit::done;
    return fail(
        Error{Code::archive_damaged, "event " + std::to_string(*differs) +
                                         " gives other effects than were recorded: another version of the "
                                         "program made this recording"});
}

}  // namespace

void add_replay_command(CLI::App& node, Session& session) {
    auto file = std::make_shared<std::string>();
    auto all = std::make_shared<bool>(false);
    auto* command = node.add_subcommand("replay", "a recording of the node's consensus, told event by event");
    command->add_option("FILE", *file, "a recording: DATA/CHAIN/flight/*.flight")
        ->required()
        ->type_name("FILE");
    command->add_flag("--all", *all, "events too that changed nothing to be seen");
    explain(*command, "pcq node replay data/government/side/flight/1795736596540-stall.flight",
            "The events run through the same state machine; whatever differs from the recording is said.");
    command->callback([&session, file, all] { session.ended = replay(*file, *all); });
}

}  // namespace pcq::cli
