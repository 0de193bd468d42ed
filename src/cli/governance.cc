// pcq governance: parameters, contracts and validators by vote of the organisations, and the pause of the
// market.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <google/protobuf/util/json_util.h>

#include "src/cli/acting.h"
#include "src/cli/genesis_file.h"
#include "src/cli/validators.h"

namespace pcq::cli {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kHourMs = 3'600'000;

struct GovernanceOptions {
    ActingOptions acting;
    std::vector<std::string> values;
    std::uint32_t contracts = 0;
    std::vector<std::string> add;
    std::vector<std::string> remove;
    std::uint64_t ahead = 100;
    std::string reason;
    std::uint64_t number = 0;
    bool against = false;
    double hours = 0;
    std::string genesis;
};

// The parameters in force, with the named values in place of theirs.
Result<proto::Parameters> changed(json::object in_force, const std::vector<std::string>& values) {
    for (const auto& value : values) {
        const std::size_t sign = value.find('=');
        const std::string name = value.substr(0, sign);
        if (sign == std::string::npos || !in_force.contains(name)) {
            std::string known;
            for (const auto& member : in_force) {
                if (!known.empty()) known += ", ";
                known += std::string(member.key());
            }
            return Error{Code::bad_argument,
                         "\"" + value + "\" is no NAME=VALUE of a parameter; there are " + known};
        }
        const json::object alone{{name, value.substr(sign + 1)}};
        proto::Parameters parameter;
        if (!google::protobuf::util::JsonStringToMessage(json::serialize(alone), &parameter).ok())
            return Error{Code::bad_argument,
                         "\"" + value + "\": the value is no whole number, or is too large"};
        in_force[name] = alone.at(name);
    }
    proto::Parameters parameters;
    const auto parsed = google::protobuf::util::JsonStringToMessage(json::serialize(in_force), &parameters);
    if (!parsed.ok())
        return Error{Code::bad_argument,
                     "the parameters in force have one that this program does not know: update it"};
    return parameters;
}

void propose(Session& session, const GovernanceOptions& options) {
    proto::ProposeChange action;
    if (options.contracts == 0 && options.add.empty() && options.remove.empty() && options.values.empty()) {
        session.ended = fail(Error{Code::bad_argument,
                                   "nothing is to change: give --set NAME=VALUE, --contracts, "
                                   "--add-validator or --remove-validator"});
        return;
    }
    if (options.contracts != 0) {
        action.mutable_change()->set_contracts_version(options.contracts);
    } else if (!options.add.empty() || !options.remove.empty()) {
        const auto change = validator_change(session, options.add, options.remove);
        if (!change) return;
        *action.mutable_change()->mutable_validators() = *change;
    } else {
        const auto answer = session.ask("parameters", {{"chain", session.chain}, {"limit", 1}});
        if (!answer) return;
        const auto parameters = changed(answer->at("value").at("in_force").as_object(), options.values);
        if (!parameters) {
            session.ended = fail(parameters.error());
            return;
        }
        *action.mutable_change()->mutable_parameters() = *parameters;
    }
    const auto status = session.ask("status", {{"chain", session.chain}});
    if (!status) return;
    action.set_activate_height(status->at("height").to_number<std::uint64_t>() + options.ahead);
    action.set_reason(options.reason);
    act(session, options.acting, action);
}

void vote(Session& session, const GovernanceOptions& options) {
    proto::VoteOnChange action;
    action.set_proposal(options.number);
    action.set_approve(!options.against);
    act(session, options.acting, action);
}

// What a voter is asked to agree to.
std::string wanted(const json::object& change) {
    if (change.contains("contracts_version"))
        return "contracts " + plain_text(change.at("contracts_version"));
    if (change.contains("validators")) return change_text(change.at("validators").as_object());
    std::string text;
    for (const auto& member : change.at("parameters").as_object())
        text.append(text.empty() ? "" : ", ")
            .append(member.key())
            .append("=")
            .append(plain_text(member.value()));
    return text;
}

void proposals(Session& session, const GovernanceOptions&) {
    std::vector<std::vector<std::string>> rows;
    const bool done = each_page(session, "proposals", "proposals", [&rows](const json::value& entry) {
        int approvals = 0;
        const auto& votes = entry.at("votes").as_array();
        for (const auto& cast : votes) approvals += cast.at("approve").as_bool() ? 1 : 0;
        rows.push_back({plain_text(entry.at("proposal")), plain_text(entry.at("status")),
                        wanted(entry.at("change").as_object()), plain_text(entry.at("activate_height")),
                        std::to_string(approvals) + " of " + std::to_string(votes.size()) + " cast",
                        plain_text(entry.at("reason"))});
    });
    if (done) print_table({"PROPOSAL", "STATUS", "CHANGES", "FROM HEIGHT", "APPROVED BY", "REASON"}, rows);
}

void parameters(Session& session, const GovernanceOptions&) {
    std::vector<std::vector<std::string>> rows;
    const bool done = each_page(session, "parameters", "history", [&rows](const json::value& entry) {
        for (const auto& member : entry.at("parameters").as_object()) {
            rows.push_back({plain_text(entry.at("from_height")), plain_text(entry.at("contracts_version")),
                            std::string(member.key()), plain_text(member.value())});
        }
    });
    if (done) print_table({"FROM HEIGHT", "CONTRACTS", "PARAMETER", "VALUE"}, rows);
}

void pause(Session& session, const GovernanceOptions& options) {
    const auto status = session.ask("status", {{"chain", session.chain}});
    if (!status) return;
    proto::PauseMarket action;
    action.set_reason(options.reason);
    action.set_until_ms(status->at("time_ms").to_number<std::uint64_t>() +
                        static_cast<std::uint64_t>(options.hours * static_cast<double>(kHourMs)));
    act(session, options.acting, action);
}

void resume(Session& session, const GovernanceOptions& options) {
    proto::ResumeMarket action;
    action.set_reason(options.reason);
    act(session, options.acting, action);
}

void pauses(Session& session, const GovernanceOptions&) {
    std::vector<std::vector<std::string>> rows;
    const bool done = each_page(session, "pauses", "pauses", [&rows](const json::value& entry) {
        const bool resumed = plain_text(entry.at("resumed_ms")) != "0";
        rows.push_back({plain_text(entry.at("pause")), time_text(entry.at("from_ms")),
                        time_text(entry.at(resumed ? "resumed_ms" : "until_ms")),
                        plain_text(entry.at("reason")), resumed ? plain_text(entry.at("resume_reason")) : "-",
                        plain_text(entry.at("by"))});
    });
    if (done) print_table({"PAUSE", "FROM", "UNTIL", "REASON", "ENDED BECAUSE", "BY"}, rows);
}

// The main chain then tells the side chain of every period.
void register_side(Session& session, const GovernanceOptions& options) {
    const auto genesis = genesis_from(options.genesis);
    if (!genesis || genesis->fields.kind() != proto::CHAIN_KIND_SIDE) {
        session.ended =
            fail(genesis ? Error{Code::bad_argument, options.genesis + " is the document of a main chain; a "
                                                                       "side chain is registered on it"}
                         : genesis.error());
        return;
    }
    proto::RegisterSideChain action;
    action.set_chain_id(genesis->chain.bytes());
    action.set_name(genesis->fields.name());
    *action.mutable_validators() = genesis->fields.validators();
    act(session, options.acting, action);
}

void add_reason(CLI::App& command, GovernanceOptions& options) {
    command.add_option("--reason", options.reason, "at most 256 bytes")->required();
}

}  // namespace

void add_governance_commands(CLI::App& app, Session& session) {
    auto options = std::make_shared<GovernanceOptions>();
    auto* governance =
        app.add_subcommand(
               "governance",
               "parameters, contracts and validators by vote; side chains; the pause of the market")
            ->require_subcommand(1);
    explain(*governance, "pcq governance vote 3 --key nodes/platform.pem");
    const auto add = [&](const char* name, const char* about, auto run) {
        auto* command = governance->add_subcommand(name, about);
        command->callback([options, &session, run] { run(session, *options); });
        return command;
    };
    auto* command =
        add("propose", "propose a change of parameters, contracts or validators (a validator's account)",
            propose);
    auto* values =
        command->add_option("--set", options->values, "a parameter's new value, as often as needed")
            ->type_name("NAME=VALUE");
    auto* version =
        command->add_option("--contracts", options->contracts, "the version of the contracts to run")
            ->check(whole_number(1));
    values->excludes(version);
    auto* added = command
                      ->add_option("--add-validator", options->add,
                                   "who is to validate, as pcq key possession prints it; as often as needed")
                      ->type_name("NAME:KEY:POSSESSION");
    auto* removed =
        command
            ->add_option("--remove-validator", options->remove,
                         "who is to validate no more; with --add-validator the one takes the other's place")
            ->type_name("NAME|KEY");
    for (auto* of_validators : {added, removed}) of_validators->excludes(values)->excludes(version);
    command->add_option("--in", options->ahead, "how many blocks from now it is to come into force")
        ->type_name("BLOCKS")
        ->check(CLI::Range(12, 900'000))
        ->capture_default_str();
    add_reason(*command, *options);
    add_acting(*command, options->acting,
               "pcq governance propose --key nodes/platform.pem --set registration_fee_uy=500000 --reason "
               "\"cheaper\"");
    command = add("vote", "vote on a proposal (a validator's account)", vote);
    command->add_option("proposal", options->number, "its number")->required()->check(whole_number(1));
    command->add_flag("--against", options->against, "vote against it");
    add_acting(*command, options->acting, "pcq governance vote 3 --key nodes/platform.pem");
    command = add("proposals", "all proposals, and what became of them", proposals);
    explain(*command, "pcq governance proposals");
    add_validator_list(*governance, session);
    command = add("parameters", "every value that was in force, and from which height", parameters);
    explain(*command, "pcq governance parameters");
    command = governance->add_subcommand(
        "register", "let the main chain issue quota to a side chain (government, main chain)");
    command->callback([options, &app, &session] {
        prefer_main(app, session);
        register_side(session, *options);
    });
    command->add_option("genesis", options->genesis, "the side chain's genesis document")
        ->type_name("FILE")
        ->required();
    add_acting(*command, options->acting,
               "pcq governance register net/side.json --key net/keys/government.pem");
    command = add("pause", "stop trading for a while (government or platform)", pause);
    command->add_option("--hours", options->hours, "how long; it ends by itself")
        ->check(CLI::Range(0.01, 8'760.0))
        ->required();
    add_reason(*command, *options);
    add_acting(*command, options->acting,
               "pcq governance pause --key platform.pem --hours 6 --reason \"wrong prices\"");
    command = add("resume", "end the pause now (government)", resume);
    add_reason(*command, *options);
    add_acting(*command, options->acting,
               "pcq governance resume --key government.pem --reason \"prices are right\"");
    command = add("pauses", "all pauses of the market: who, why, until when", pauses);
    explain(*command, "pcq governance pauses");
}

}  // namespace pcq::cli
